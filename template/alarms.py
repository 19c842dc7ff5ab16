"""The construction of alarms, each of which notifies a topic and links to the runbook.

Errors that a retry fixes do not alarm. A single occurrence alarms only if retries are exhausted or
data is lost; other conditions must last for minutes.
"""

from dataclasses import dataclass
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch, sns

from template.metrics import Metric

RUNBOOK = "docs/runbook.md"

IMMEDIATE = {"EvaluationPeriods": 1}
SUSTAINED = {"EvaluationPeriods": 5, "DatapointsToAlarm": 3}
FIFTEEN_MINUTES = {"EvaluationPeriods": 15}


@dataclass(frozen=True)
class Alarms:
    """A factory of alarms that notify one topic."""

    template: Template
    topic: sns.Topic

    def above(
        self, metric: Metric, of: str, what: str, meaning: str, **properties: object
    ) -> cloudwatch.Alarm:
        """Add an alarm on a metric above a threshold, 0 by default."""
        percentile = metric.statistic.startswith("p")
        return self._add(
            of,
            what,
            meaning,
            Namespace=metric.namespace,
            MetricName=metric.name,
            Dimensions=metric.listed_dimensions(),
            Period=60,
            **{"ExtendedStatistic" if percentile else "Statistic": metric.statistic},
            **properties,
        )

    def above_share(
        self,
        part: Metric,
        whole: Metric,
        of: str,
        what: str,
        meaning: str,
        *,
        minimum: int,
        **properties: object,
    ) -> cloudwatch.Alarm:
        """Add an alarm on a percentage, if the whole is at least `minimum` in five minutes."""
        share = cloudwatch.MetricDataQuery(
            Id="share",
            Label=f"{part.name}, %",
            Expression=f"IF(whole >= {minimum}, 100 * part / whole, 0)",
            ReturnData=True,
        )
        return self._add(
            of,
            what,
            meaning,
            Metrics=[_query("part", part), _query("whole", whole), share],
            **properties,
        )

    def _add(self, of: str, what: str, meaning: str, **properties: Any) -> cloudwatch.Alarm:
        title = "".join(part.capitalize() for part in of.split("-"))
        return self.template.add_resource(
            cloudwatch.Alarm(
                f"{title}{what}Alarm",
                AlarmName=Sub(f"{of}-{what}-${{EnvironmentSuffix}}"),
                AlarmDescription=Sub(
                    f"{of}-${{EnvironmentSuffix}}: {meaning} {RUNBOOK}#{what.lower()}"
                ),
                AlarmActions=[Ref(self.topic)],
                ComparisonOperator="GreaterThanThreshold",
                TreatMissingData="notBreaching",
                **{"Threshold": 0, **properties},
            )
        )


def _query(name: str, metric: Metric) -> cloudwatch.MetricDataQuery:
    return cloudwatch.MetricDataQuery(
        Id=name,
        MetricStat=cloudwatch.MetricStat(
            Metric=cloudwatch.Metric(
                Namespace=metric.namespace,
                MetricName=metric.name,
                Dimensions=metric.listed_dimensions(),
            ),
            Period=300,
            Stat=metric.statistic,
        ),
        ReturnData=False,
    )
