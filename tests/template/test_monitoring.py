"""Alarms and dashboard use only metrics that AWS publishes for these resources."""

import itertools
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from troposphere import Join, Template

from template.dashboard import add_dashboard
from template.metrics import as_text
from template.pipeline import compose
from template.settings import Settings
from template.stages import Stages
from tests.template.reading import ROOT, STAGES, Json, of_type, ref

PUBLISHED = tomllib.loads(Path(__file__).with_name("aws_metrics.toml").read_text(encoding="utf-8"))
OUTCOMES = ["PROCESSED", "DUPLICATE", "CONFLICT", "REJECTED", "FAILED"]
NAMESPACE = "TransactionPipeline/${EnvironmentSuffix}"


@dataclass(frozen=True)
class Watched:
    """A metric in use; its dimensions are CloudFormation functions or texts."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.namespace} {self.name}"


def alarmed(resources: Json) -> dict[str, list[Watched]]:
    """Return the metric of each alarm."""
    return {
        title: [_of_alarm(alarm)]
        for title, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items()
    }


def _of_alarm(metric: Json) -> Watched:
    dimensions = [(one["Name"], written(one["Value"])) for one in metric["Dimensions"]]
    return Watched(metric["Namespace"], metric["MetricName"], tuple(dimensions))


def widgets(resources: Json, *, retaining: bool = True) -> list[Json]:
    """Return the widgets of the dashboard of a stack that retains its data, or of another."""
    condition, *bodies = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::If"]
    assert condition == "RetainsData"
    found: list[Json] = json.loads(bodies[0 if retaining else 1]["Fn::Sub"])["widgets"]
    return found


def shown(resources: Json) -> dict[str, list[Watched]]:
    """Return the metrics of each graph by title."""
    return {
        widget["properties"]["title"]: [
            Watched(namespace, name, tuple(zip(rest[:-1:2], rest[1:-1:2], strict=True)))
            for namespace, name, *rest in widget["properties"]["metrics"]
        ]
        for widget in widgets(resources)
        if widget["type"] == "metric"
    }


def written(value: Any) -> str:
    """Return a reference as text."""
    match value:
        case {"Ref": title}:
            return f"${{{title}}}"
        case {"Fn::GetAtt": parts}:
            return f"${{{'.'.join(parts)}}}"
        case {"Fn::Sub": text}:
            return str(text)
    return str(value)


def referred(text: str) -> set[str]:
    """Return the titles that a text references."""
    return set(re.findall(r"\$\{(\w+)", text))


@pytest.fixture
def alarms(resources: Json) -> Json:
    """Return the alarms by name, without the suffix."""
    return {
        alarm["AlarmName"]["Fn::Sub"].removesuffix("-${EnvironmentSuffix}"): alarm
        for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values()
    }


def test_every_alarm_notifies_the_operations_topic(alarms: Json) -> None:
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [ref("OperationsTopic")]
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"


def test_every_stage_has_its_alarms(alarms: Json) -> None:
    all_have = {
        "DeadLetters",
        "AsyncEventsDropped",
        "DeadLetterErrors",
        "Throttles",
        "AsyncEventAge",
        "Errors",
    }
    expected = {
        stage.name: all_have
        | ({"DestinationDeliveryFailures"} if stage.has_destinations else set())
        for stage in compose(Settings()).stages
    }
    assert {
        stage: {name.removeprefix(f"{stage}-") for name in alarms if name.startswith(f"{stage}-")}
        for stage in STAGES
    } == expected


def test_every_alarm_describes_the_remedy_and_links_to_the_runbook(alarms: Json) -> None:
    for name, alarm in alarms.items():
        of, _, what = name.rpartition("-")
        text = alarm["AlarmDescription"]["Fn::Sub"]
        assert text.startswith(f"{of}-${{EnvironmentSuffix}}: ")
        assert text.endswith(f". docs/runbook.md#{what.lower()}")
        assert text.count(". ") >= 1
        assert len(text) <= 1_024  # CloudWatch takes no more


def test_every_alarm_has_its_section_in_the_runbook_and_every_section_its_alarm(
    alarms: Json,
) -> None:
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", runbook, re.MULTILINE)
    assert sorted(sections) == sorted({name.rpartition("-")[2] for name in alarms})


def test_every_section_of_the_runbook_shows_a_command() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", runbook, flags=re.MULTILINE)[1:]
    assert [
        text for text in sections if not re.search(r"^ {4}(aws|pipeline) ", text, re.MULTILINE)
    ] == []


def test_the_runbook_counts_what_is_paid_for(resources: Json) -> None:
    metrics = alarmed(resources)
    total = sum(map(len, metrics.values()))
    everywhere = sum("Condition" not in resources[title] for title in metrics)
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    assert (
        f"${total * 0.10:.2f} a month for {len(metrics)} alarms on {total} metrics, "
        f"or ${everywhere * 0.10:.2f} for {everywhere} alarms without `RetainData=true`"
    ) in " ".join(runbook.split())


def test_only_exhausted_lost_or_late_events_alarm_immediately(
    alarms: Json,
) -> None:
    at_once = {name for name, alarm in alarms.items() if alarm["EvaluationPeriods"] == 1}
    assert {name.rpartition("-")[2] for name in at_once} == {
        "DeadLetters",
        "DeadLetterErrors",
        "AsyncEventsDropped",
        "DestinationDeliveryFailures",
        "AsyncEventAge",
        "NumberOfNotificationsFailed",
    }


def known(metric: Watched) -> bool:
    """Return whether AWS or the filter publishes a metric with these dimensions."""
    names = [name for name, _ in metric.dimensions]
    if metric.namespace == NAMESPACE:
        return metric.name == "Transactions" and names == ["Status"]
    published = PUBLISHED[metric.namespace]
    return metric.name in published["metrics"] and names in published["dimensions"]


def test_every_metric_is_one_that_aws_publishes_under_these_dimensions(resources: Json) -> None:
    watched = [
        metric
        for metrics in (*alarmed(resources).values(), *shown(resources).values())
        for metric in metrics
    ]
    assert [str(metric) for metric in watched if not known(metric)] == []
    assert {metric.namespace for metric in watched} == PUBLISHED.keys() | {NAMESPACE}


@pytest.mark.parametrize(
    "metric",
    [
        Watched("AWS/Lambda", "Error", (("FunctionName", "f"),)),
        Watched("AWS/DynamoDB", "ThrottledRequests", (("TableName", "t"),)),
        Watched("AWS/SQS", "ApproximateNumberOfMessagesVisible", (("Queue", "q"),)),
        Watched(NAMESPACE, "Transactions", ()),
    ],
    ids=str,
)
def test_a_metric_that_does_not_exist_would_be_noticed(metric: Watched) -> None:
    assert not known(metric)


def test_every_metric_is_of_a_resource_of_the_template(resources: Json) -> None:
    for metrics in (*alarmed(resources).values(), *shown(resources).values()):
        for metric in metrics:
            for _, value in metric.dimensions:
                assert referred(value) <= resources.keys() | {"EnvironmentSuffix"}


def test_the_dashboard_shows_the_pipeline_from_left_to_right(resources: Json) -> None:
    def row(graphs: list[Json]) -> list[str]:
        in_order = sorted(graphs, key=lambda graph: graph["x"])
        return [graph["properties"]["title"] for graph in in_order]

    by_height = sorted(widgets(resources), key=lambda widget: widget["y"])
    rows = [row(list(graphs)) for _, graphs in itertools.groupby(by_height, lambda w: w["y"])]
    assert rows == [
        ["Alarms"],
        ["API: requests", *(f"{stage}: executions" for stage in STAGES)],
        ["API: latency, ms", *(f"{stage}: oldest event, ms" for stage in STAGES)],
        ["Outcomes", *(f"{stage}: dead-letter messages" for stage in STAGES)],
        ["API: failed", "Functions: duration p99, ms", "Tables: units", "Topic: messages"],
    ]


def test_the_widgets_of_three_stages_fill_the_grid_without_gap_or_overlap() -> None:
    places = covered(dashboard_of(["one", "two", "three"]))
    depth = max(row for _, row in places) + 1
    assert sorted(places) == [(column, row) for column in range(24) for row in range(depth)]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_its_rows_fit_the_grid_with_fewer_or_more_stages(count: int) -> None:
    titles = [f"stage-{number}" for number in range(1, count + 1)]
    drawn = dashboard_of(titles)
    places = covered(drawn)
    assert len(places) == len(set(places))
    assert max(column for column, _ in places) < 24
    shown_titles = {widget["properties"]["title"] for widget in drawn}
    assert {f"{title}: executions" for title in titles} <= shown_titles


def covered(drawn: list[Json]) -> list[tuple[int, int]]:
    """Return the column and row of each grid cell covered by widgets."""
    return [
        (column, row)
        for widget in drawn
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]


def dashboard_of(names: list[str]) -> list[Json]:
    """Return the widgets of a dashboard with these stages."""
    template = Template()
    stages = Stages(template, Settings())
    ours = compose(Settings()).template.resources
    add_dashboard(
        template,
        api=ours["TransactionApi"],
        stages=[stages.add(name, description="") for name in names],
        tables={"transactions": ours["TransactionTable"]},
        topic=ours["TransactionTopic"],
        alarms=[],
    )
    return widgets(template.to_dict()["Resources"])


@pytest.mark.parametrize("retaining", [True, False])
def test_it_shows_the_state_of_every_alarm_of_the_stack(
    resources: Json, *, retaining: bool
) -> None:
    states, *graphs = widgets(resources, retaining=retaining)
    assert sorted(states["properties"]["alarms"]) == sorted(
        f"${{{title}.Arn}}"
        for title in of_type(resources, "AWS::CloudWatch::Alarm")
        if retaining or "Condition" not in resources[title]
    )
    assert graphs == widgets(resources)[1:]


def test_exactly_the_alarms_that_must_last_exist_only_where_data_is_retained(
    resources: Json,
) -> None:
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    conditions = {title: resources[title].get("Condition") for title in alarms}
    assert conditions == {
        title: "RetainsData" if alarm["EvaluationPeriods"] > 1 else None
        for title, alarm in alarms.items()
    }
    assert (len(alarms), list(conditions.values()).count(None)) == (27, 15)


def test_a_value_that_cannot_be_text_is_an_error() -> None:
    with pytest.raises(TypeError, match="Fn::Join"):
        as_text(Join("", ["a"]))
