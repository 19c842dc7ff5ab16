"""The construction of alarms, each of which notifies a topic and links to the runbook.

Errors that a retry fixes do not alarm. A single occurrence alarms only if retries are exhausted or
data is lost; other conditions must last for minutes. Those warn of what may be lost or slow, and
exist only where the stack retains its data.
"""

from dataclasses import dataclass, field
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch, sns

from template.metrics import Metric
from template.parameters import RETAINS_DATA

RUNBOOK = "docs/runbook.md"

IMMEDIATE: dict[str, Any] = {"EvaluationPeriods": 1}
LASTING: dict[str, Any] = {"Condition": RETAINS_DATA}
SUSTAINED: dict[str, Any] = {"EvaluationPeriods": 5, "DatapointsToAlarm": 3, **LASTING}
FIFTEEN_MINUTES: dict[str, Any] = {"EvaluationPeriods": 15, **LASTING}


@dataclass(frozen=True)
class Alarms:
    """A factory of alarms that notify one topic."""

    template: Template
    topic: sns.Topic
    added: list[cloudwatch.Alarm] = field(default_factory=list)

    def above(
        self, metric: Metric, of: str, meaning: str, *, what: str = "", **properties: object
    ) -> None:
        """Add an alarm on a metric above a threshold, 0 by default."""
        what = what or metric.name
        percentile = metric.statistic.startswith("p")
        title = "".join(part.capitalize() for part in of.split("-"))
        alarm = cloudwatch.Alarm(
            f"{title}{what}Alarm",
            AlarmName=Sub(f"{of}-{what}-${{EnvironmentSuffix}}"),
            AlarmDescription=Sub(
                f"{of}-${{EnvironmentSuffix}}: {meaning} {RUNBOOK}#{what.lower()}"
            ),
            AlarmActions=[Ref(self.topic)],
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            **{
                "Threshold": 0,
                **metric.properties(),
                "Period": 60,
                "ExtendedStatistic" if percentile else "Statistic": metric.statistic,
                **properties,
            },
        )
        self.added.append(self.template.add_resource(alarm))
