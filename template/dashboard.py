"""The dashboard, which shows the pipeline from left to right with one column per part.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from troposphere import AWSObject, If, Sub, Template, cloudwatch, sns
from troposphere.dynamodb import Table
from troposphere.serverless import Api

from contract import OUTCOMES
from template.metrics import Metric, as_text, metric_of, of_outcome
from template.parameters import RETAINS_DATA, named
from template.stages import Stage

GRID_WIDTH = 24
HEIGHT = 6

ALARMS_HEIGHT = 4

TABLE_LINES = {
    "written": "ConsumedWriteCapacityUnits",
    "read": "ConsumedReadCapacityUnits",
    "writes throttled": "WriteThrottleEvents",
    "reads throttled": "ReadThrottleEvents",
}
TOPIC_LINES = {
    "published": "NumberOfMessagesPublished",
    "delivered": "NumberOfNotificationsDelivered",
    "failed": "NumberOfNotificationsFailed",
}

type Graph = dict[str, Any]


def add_dashboard(
    template: Template,
    *,
    api: Api,
    stages: Sequence[Stage],
    tables: Mapping[str, Table],
    topic: sns.Topic,
    alarms: Sequence[cloudwatch.Alarm],
) -> cloudwatch.Dashboard:
    """Add the dashboard: alarms first, then requests, latencies and outcomes."""
    requests, latency, failed = _api_graphs(api)
    executions, event_ages, dead_letters = zip(*map(_stage_graphs, stages), strict=True)
    outcomes = _graph("Outcomes", {status: of_outcome(status) for status in OUTCOMES}, stacked=True)
    units = {
        f"{name} {label}": metric
        for name, table in tables.items()
        for label, metric in _metrics_of(table, TABLE_LINES).items()
    }
    durations = {stage.name: metric_of(stage.function, "Duration", "p99") for stage in stages}
    rows = [
        [requests, *executions],
        [latency, *event_ages],
        [outcomes, *dead_letters],
        [
            failed,
            _graph("Functions: duration p99, ms", durations),
            _graph("Tables: units", units),
            _graph("Topic: messages", _metrics_of(topic, TOPIC_LINES)),
        ],
    ]
    graphs = [
        {
            "type": "metric",
            "x": column * (GRID_WIDTH // len(columns)),
            "y": ALARMS_HEIGHT + row * HEIGHT,
            "width": GRID_WIDTH // len(columns),
            "height": HEIGHT,
            "properties": graph,
        }
        for row, columns in enumerate(rows)
        for column, graph in enumerate(columns)
    ]
    everywhere = [alarm for alarm in alarms if "Condition" not in alarm.resource]
    return template.add_resource(
        cloudwatch.Dashboard(
            "Dashboard",
            DashboardName=named("transaction-pipeline"),
            DashboardBody=If(RETAINS_DATA, _body(alarms, graphs), _body(everywhere, graphs)),
        )
    )


def _body(alarms: Iterable[cloudwatch.Alarm], graphs: Iterable[Graph]) -> Sub:
    alarm_states = {
        "type": "alarm",
        "x": 0,
        "y": 0,
        "width": GRID_WIDTH,
        "height": ALARMS_HEIGHT,
        "properties": {
            "title": "Alarms",
            "alarms": [f"${{{alarm.title}.Arn}}" for alarm in alarms],
        },
    }
    return Sub(json.dumps({"widgets": [alarm_states, *graphs]}))


def _api_graphs(api: Api) -> tuple[Graph, Graph, Graph]:
    requests = {
        "requests": metric_of(api, "Count", "SampleCount"),
        "client errors": metric_of(api, "4XXError"),
    }
    return (
        _graph("API: requests", requests),
        _graph("API: latency, ms", {p: metric_of(api, "Latency", p) for p in ("p50", "p99")}),
        _graph("API: failed", {"failed": metric_of(api, "5XXError")}),
    )


def _stage_graphs(stage: Stage) -> tuple[Graph, Graph, Graph]:
    executions = {name.lower(): name for name in ("Invocations", "Errors", "Throttles")}
    oldest = metric_of(stage.function, "AsyncEventAge", "Maximum")
    queue = stage.dead_letter_queue
    dead_letters = {
        "messages": metric_of(queue, "ApproximateNumberOfMessagesVisible", "Maximum"),
        "dead-letter errors": metric_of(stage.function, "DeadLetterErrors"),
    }
    if stage.has_destinations:
        failed = metric_of(stage.function, "DestinationDeliveryFailures")
        dead_letters["failed deliveries"] = failed
    return (
        _graph(f"{stage.name}: executions", _metrics_of(stage.function, executions)),
        _graph(f"{stage.name}: oldest event, ms", {"oldest": oldest}),
        _graph(f"{stage.name}: dead-letter messages", dead_letters),
    )


def _metrics_of(resource: AWSObject, lines: dict[str, str]) -> dict[str, Metric]:
    return {label: metric_of(resource, name) for label, name in lines.items()}


def _graph(title: str, lines: dict[str, Metric], *, stacked: bool = False) -> Graph:
    return {
        "title": title,
        "view": "timeSeries",
        "stacked": stacked,
        "region": "${AWS::Region}",
        "period": 60,
        "metrics": [_line(label, metric) for label, metric in lines.items()],
    }


def _line(label: str, metric: Metric) -> list[Any]:
    dimensions = [
        part for name, value in metric.dimensions.items() for part in (name, as_text(value))
    ]
    options = {"label": label, "stat": metric.statistic}
    return [as_text(metric.namespace), metric.name, *dimensions, options]
