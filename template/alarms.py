"""How an alarm is made: each tells the operations topic, and where the runbook tells of it.

What a retry heals wakes nobody: one occurrence counts only where it means that something was
given up or lost. All else has to go on for minutes.
"""

from dataclasses import dataclass
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch, sns

from template.metrics import Metric

RUNBOOK = "docs/runbook.md"

AT_ONCE = {"EvaluationPeriods": 1}
GOING_ON = {"EvaluationPeriods": 5, "DatapointsToAlarm": 3}
FOR_A_QUARTER = {"EvaluationPeriods": 15}


@dataclass(frozen=True)
class Alarms:
    """Adds alarms that tell one topic."""

    template: Template
    topic: sns.Topic

    def above(
        self, metric: Metric, of: str, what: str, meaning: str, **properties: object
    ) -> cloudwatch.Alarm:
        """Alarm on a metric above a threshold, 0 unless said."""
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
        fewest: int,
        **properties: object,
    ) -> cloudwatch.Alarm:
        """Alarm on a share in percent of at least so many in five minutes."""
        share = cloudwatch.MetricDataQuery(
            Id="share",
            Label=f"{part.name}, %",
            Expression=f"IF(whole >= {fewest}, 100 * part / whole, 0)",
            ReturnData=True,
        )
        return self._add(
            of,
            what,
            meaning,
            Metrics=[_counted("part", part), _counted("whole", whole), share],
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


def _counted(name: str, metric: Metric) -> cloudwatch.MetricDataQuery:
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
