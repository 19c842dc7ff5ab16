"""The dashboard, which shows the pipeline from left to right with one column per part.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from troposphere import Sub, Template, cloudwatch, sns
from troposphere.dynamodb import Table
from troposphere.serverless import Api

from contract import OUTCOMES
from template import metrics
from template.metrics import Metric, as_text
from template.parameters import named
from template.stages import Stage

GRID_WIDTH = 24
HEIGHT = 6

ALARMS_HEIGHT = 4


def add_dashboard(
    template: Template,
    *,
    api: Api,
    stages: Sequence[Stage],
    table: Table,
    topic: sns.Topic,
    alarms: Iterable[cloudwatch.Alarm],
) -> cloudwatch.Dashboard:
    """Add the dashboard: alarms first, then requests, latencies and outcomes."""
    rows = [
        [_requests(api), *map(_invocations, stages)],
        [_latency(api), *map(_event_ages, stages)],
        [_outcomes(), *map(_dead_letters, stages)],
        [_errors(api), _durations(stages), _table(table), _topic(topic)],
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
    body = {"widgets": [_alarms(alarms), *graphs]}
    return template.add_resource(
        cloudwatch.Dashboard(
            "Dashboard",
            DashboardName=named("transaction-pipeline"),
            DashboardBody=Sub(json.dumps(body)),
        )
    )


def _alarms(alarms: Iterable[cloudwatch.Alarm]) -> dict[str, Any]:
    arns = [f"${{{alarm.title}.Arn}}" for alarm in alarms]
    return {
        "type": "alarm",
        "x": 0,
        "y": 0,
        "width": GRID_WIDTH,
        "height": ALARMS_HEIGHT,
        "properties": {"title": "Alarms", "alarms": arns},
    }


def _requests(api: Api) -> dict[str, Any]:
    return _graph(
        "API: requests",
        {
            "requests": metrics.of_api(api, "Count", "SampleCount"),
            "client errors": metrics.of_api(api, "4XXError"),
        },
    )


def _latency(api: Api) -> dict[str, Any]:
    return _graph(
        "API: latency, ms",
        {share: metrics.of_api(api, "Latency", share) for share in ("p50", "p99")},
    )


def _errors(api: Api) -> dict[str, Any]:
    return _graph("API: failed", {"failed": metrics.of_api(api, "5XXError")})


def _invocations(stage: Stage) -> dict[str, Any]:
    names = ("Invocations", "Errors", "Throttles")
    return _graph(
        f"{stage.name}: executions",
        {name.lower(): metrics.of_function(stage.function, name) for name in names},
    )


def _event_ages(stage: Stage) -> dict[str, Any]:
    oldest = metrics.of_function(stage.function, "AsyncEventAge", "Maximum")
    return _graph(f"{stage.name}: oldest event, ms", {"oldest": oldest})


def _dead_letters(stage: Stage) -> dict[str, Any]:
    messages = metrics.of_queue(stage.dead_letter_queue, "ApproximateNumberOfMessagesVisible")
    lines = {
        "messages": messages,
        "dead-letter errors": metrics.of_function(stage.function, "DeadLetterErrors"),
    }
    if stage.has_destinations:
        name = "DestinationDeliveryFailures"
        lines["failed deliveries"] = metrics.of_function(stage.function, name)
    return _graph(f"{stage.name}: dead-letter messages", lines)


def _outcomes() -> dict[str, Any]:
    counts = {status: metrics.of_outcome(status) for status in OUTCOMES}
    return _graph("Outcomes", counts, stacked=True)


def _durations(stages: Sequence[Stage]) -> dict[str, Any]:
    return _graph(
        "Functions: duration p99, ms",
        {stage.name: metrics.of_function(stage.function, "Duration", "p99") for stage in stages},
    )


def _table(table: Table) -> dict[str, Any]:
    names = {
        "written": "ConsumedWriteCapacityUnits",
        "read": "ConsumedReadCapacityUnits",
        "writes throttled": "WriteThrottleEvents",
        "reads throttled": "ReadThrottleEvents",
    }
    return _graph(
        "Table: units",
        {label: metrics.of_table(table, name) for label, name in names.items()},
    )


def _topic(topic: sns.Topic) -> dict[str, Any]:
    names = {
        "published": "NumberOfMessagesPublished",
        "delivered": "NumberOfNotificationsDelivered",
        "failed": "NumberOfNotificationsFailed",
    }
    return _graph(
        "Topic: messages", {label: metrics.of_topic(topic, name) for label, name in names.items()}
    )


def _graph(title: str, lines: dict[str, Metric], *, stacked: bool = False) -> dict[str, Any]:
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
