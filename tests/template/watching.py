"""The metrics of alarms and dashboard in a template, and those that AWS publishes."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.template.reading import Json, of_type

PUBLISHED = tomllib.loads(Path(__file__).with_name("aws_metrics.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Watched:
    """A metric in use; its dimensions are CloudFormation functions or texts."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.namespace} {self.name}"


def alarmed(resources: Json) -> dict[str, list[Watched]]:
    """Return the metrics of each alarm."""
    return {
        title: [_of_alarm(metric) for metric in _metrics(alarm)]
        for title, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items()
    }


def _metrics(alarm: Json) -> list[Json]:
    queries = alarm.get("Metrics", [])
    return [query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query] or [alarm]


def _of_alarm(metric: Json) -> Watched:
    dimensions = [(one["Name"], as_text(one["Value"])) for one in metric["Dimensions"]]
    return Watched(metric["Namespace"], metric["MetricName"], tuple(dimensions))


def widgets(resources: Json) -> list[Json]:
    """Return the widgets of the dashboard."""
    body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    found: list[Json] = json.loads(body)["widgets"]
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


def as_text(value: Any) -> str:
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
