"""What wakes an operator, and why; docs/runbook.md has a section for each of these alarms.

What a retry heals wakes nobody: one occurrence counts only where it means that something was
given up or lost. All else has to go on for minutes.
"""

from dataclasses import dataclass
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch, sns
from troposphere.dynamodb import Table
from troposphere.serverless import Api

from template import metrics
from template.functions import Stage
from template.metrics import Metric
from template.settings import Settings

RUNBOOK = "docs/runbook.md"
MS_PER_SECOND = 1_000
FEWEST_INVOCATIONS = 20
"""With fewer in five minutes a share says nothing; each failure is in a dead-letter queue."""

AT_ONCE = {"EvaluationPeriods": 1}
GOING_ON = {"EvaluationPeriods": 5, "DatapointsToAlarm": 3}
FOR_A_QUARTER = {"EvaluationPeriods": 15}


@dataclass(frozen=True)
class Alarms:
    """Adds alarms that tell one topic."""

    template: Template
    topic: sns.Topic

    def of_stage(self, stage: Stage, settings: Settings) -> list[cloudwatch.Alarm]:
        """Watch a function, its queue and its events.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """

        def metric(name: str, statistic: str = "Sum") -> Metric:
            return metrics.of_function(stage.function, name, statistic)

        letters = metrics.of_queue(stage.dead_letter_queue, "ApproximateNumberOfMessagesVisible")
        alarms = [
            self._above(
                letters,
                stage.name,
                "DeadLetters",
                "An event was given up: read its error, mend the cause, redrive it.",
                **AT_ONCE,
            ),
            self._above(
                metric("DeadLetterErrors"),
                stage.name,
                "DeadLetterErrors",
                "LOSS: an event was given up and its dead letter could not be written. "
                "Check the role and the queue, then audit.",
                **AT_ONCE,
            ),
            self._above(
                metric("Throttles"),
                stage.name,
                "Throttles",
                "Events have waited for a free execution for a quarter of an hour: nothing is "
                "lost, but the reservation is too small for the load.",
                **FOR_A_QUARTER,
            ),
            self._above(
                metric("AsyncEventAge", "Maximum"),
                stage.name,
                "AsyncEventAge",
                "An event waits longer than retries explain; after six hours it is given up. "
                "Raise the concurrency or mend what slows the function down.",
                Threshold=settings.alarm_event_age * MS_PER_SECOND,
                **AT_ONCE,
            ),
        ]
        if stage.has_destinations:
            alarms.append(
                self._above(
                    metric("DestinationDeliveryFailures"),
                    stage.name,
                    "DestinationDeliveryFailures",
                    "LOSS: a result did not reach the next function. Check the role and that "
                    "function, then audit and submit again.",
                    **AT_ONCE,
                )
            )
        return alarms

    def on_errors(self, stage: Stage) -> cloudwatch.Alarm:
        """Watch a function whose errors are no client's fault."""
        return self._above(
            metrics.of_function(stage.function, "Errors"),
            stage.name,
            "Errors",
            "Executions keep failing, retries too: their events are about to be given up. Read "
            "the log for the error.",
            **GOING_ON,
        )

    def on_error_rate(self, stage: Stage, settings: Settings) -> cloudwatch.Alarm:
        """Watch a function that fails by design: a rejection is an error, and a dead letter."""
        counted = [
            cloudwatch.MetricDataQuery(
                Id=name.lower(),
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
            for name in ("Errors", "Invocations")
            for metric in [metrics.of_function(stage.function, name)]
        ]
        rate = cloudwatch.MetricDataQuery(
            Id="rate",
            Label="Failed or rejected, %",
            Expression=f"IF(invocations >= {FEWEST_INVOCATIONS}, 100 * errors / invocations, 0)",
            ReturnData=True,
        )
        return self._add(
            stage.name,
            "ErrorRate",
            "More of what was accepted is rejected or fails than can be chance: a client sends "
            "nonsense, or a deployment is broken. Read the reasons in the log.",
            Metrics=[*counted, rate],
            Threshold=settings.alarm_error_rate,
            **AT_ONCE,
        )

    def of_api(self, api: Api, settings: Settings) -> list[cloudwatch.Alarm]:
        """Watch what clients see."""
        return [
            self._above(
                metrics.of_api(api, "5XXError"),
                "transaction-api",
                "5XXError",
                "Clients are answered 5xx and told to try again: transactions are not handed "
                "over, or records not read. Check permissions and the state of Lambda.",
                **GOING_ON,
            ),
            self._above(
                metrics.of_api(api, "Latency", "p99"),
                "transaction-api",
                "Latency",
                "One request in a hundred takes too long, and a client may give up and send it "
                "again, which is safe. See where the time goes in X-Ray.",
                Threshold=settings.alarm_latency,
                EvaluateLowSampleCountPercentile="ignore",
                **GOING_ON,
            ),
        ]

    def of_table(self, table: Table) -> list[cloudwatch.Alarm]:
        """Watch a table that grows with its load, but not at once."""
        return [
            self._above(
                metrics.of_table(table, name),
                "transactions",
                name,
                f"The table keeps throttling {what}. Nothing is lost while retries last; find "
                "out whether the load doubled, or reached a limit of the account.",
                **GOING_ON,
            )
            for name, what in (("WriteThrottleEvents", "writes"), ("ReadThrottleEvents", "reads"))
        ]

    def of_topic(self, topic: sns.Topic) -> list[cloudwatch.Alarm]:
        """Watch the last hop."""
        return [
            self._above(
                metrics.of_topic(topic, "NumberOfNotificationsFailed"),
                "transaction-events",
                "NumberOfNotificationsFailed",
                "LOSS of a message, not of a transaction: a subscriber did not take it. Check "
                "the subscriptions; the records say what was told.",
                **AT_ONCE,
            )
        ]

    def _above(
        self, metric: Metric, of: str, what: str, meaning: str, **properties: object
    ) -> cloudwatch.Alarm:
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

    def _add(self, of: str, what: str, meaning: str, **properties: Any) -> cloudwatch.Alarm:  # noqa: ANN401 - as CloudFormation has them
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
