"""The monitoring of the pipeline: alarms, outcome counts and a dashboard.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from collections.abc import Mapping, Sequence

from troposphere import Template, cloudwatch, sns
from troposphere.dynamodb import Table
from troposphere.serverless import Api

from template.alarms import FIFTEEN_MINUTES, IMMEDIATE, SUSTAINED, Alarms
from template.dashboard import add_dashboard
from template.metrics import add_outcome_counts, metric_of
from template.settings import Settings
from template.stages import Stage

MS_PER_SECOND = 1_000


def add_monitoring(
    template: Template,
    settings: Settings,
    *,
    api: Api,
    stages: Sequence[Stage],
    tables: Mapping[str, Table],
    topic: sns.Topic,
    operations: sns.Topic,
) -> cloudwatch.Dashboard:
    """Add the alarms, the outcome counts and the dashboard."""
    alarms = Alarms(template, operations)
    _watch_api(alarms, api, settings)
    for stage in stages:
        _watch_stage(alarms, stage, settings)
    for name, table in tables.items():
        _watch_table(alarms, name, table)
    alarms.above(
        metric_of(topic, "NumberOfNotificationsFailed"),
        "transaction-events",
        "SNS could not deliver a message to a subscriber. The transaction is recorded. Fix "
        "the subscription. The notifier's log lists what was published.",
        **IMMEDIATE,
    )
    # The notifier logs one line per outcome of any stage.
    add_outcome_counts(template, stages[-1].log_group)
    return add_dashboard(
        template, api=api, stages=stages, tables=tables, topic=topic, alarms=alarms.added
    )


def _watch_api(alarms: Alarms, api: Api, settings: Settings) -> None:
    alarms.above(
        metric_of(api, "5XXError"),
        "transaction-api",
        "Clients receive 5xx and have to try again. Transactions are not queued, or records "
        "are not read. Check the permissions, then the status of AWS.",
        **SUSTAINED,
    )
    alarms.above(
        metric_of(api, "Latency", "p99"),
        "transaction-api",
        "One request in a hundred is slow. A client may time out and send it again, which "
        "is safe. Find the cause in X-Ray.",
        Threshold=settings.alarm_latency,
        EvaluateLowSampleCountPercentile="ignore",
        **SUSTAINED,
    )


def _watch_stage(alarms: Alarms, stage: Stage, settings: Settings) -> None:
    """Add the alarms for exhausted retries, errors, lost events and old events."""
    alarms.above(
        metric_of(stage.dead_letter_queue, "ApproximateNumberOfMessagesVisible", "Maximum"),
        stage.name,
        "An event is in the dead-letter queue. Read its error, fix the cause, then redrive.",
        what="DeadLetters",
        **IMMEDIATE,
    )
    # The metrics of a queue that was idle lag by up to 15 minutes:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html
    alarms.above(
        metric_of(stage.function, "AsyncEventsDropped"),
        stage.name,
        "Lambda dropped an event, whose message the dead-letter queue holds. Read its error, "
        "fix the cause, then redrive.",
        **IMMEDIATE,
    )
    alarms.above(
        metric_of(stage.function, "DeadLetterErrors"),
        stage.name,
        "LOSS: Lambda could not write a dead-letter message. Fix the role or the queue, "
        "then audit.",
        **IMMEDIATE,
    )
    alarms.above(
        metric_of(stage.function, "Throttles"),
        stage.name,
        "Events have been throttled for 15 minutes. None is lost, but the reserved "
        "concurrency is too low for the load. Raise it.",
        **FIFTEEN_MINUTES,
    )
    alarms.above(
        metric_of(stage.function, "AsyncEventAge", "Maximum"),
        stage.name,
        "An event has been queued for longer than retries take. After six hours it becomes "
        "a dead-letter message. Raise the concurrency, or fix what slows the function down.",
        Threshold=settings.alarm_event_age * MS_PER_SECOND,
        **IMMEDIATE,
    )
    alarms.above(
        metric_of(stage.function, "Errors"),
        stage.name,
        "Executions keep failing, and so do their retries. Their events are about to become "
        "dead-letter messages. Read the error in the log.",
        **SUSTAINED,
    )
    if stage.has_destinations:
        alarms.above(
            metric_of(stage.function, "DestinationDeliveryFailures"),
            stage.name,
            "LOSS: a result did not reach the next function. Fix the role or that function, "
            "then audit and submit again.",
            **IMMEDIATE,
        )


def _watch_table(alarms: Alarms, of: str, table: Table) -> None:
    for name, what, harm in (
        ("WriteThrottleEvents", "writes", "after all retries an event is dead-lettered"),
        ("ReadThrottleEvents", "reads", "clients that read it receive 503"),
    ):
        alarms.above(
            metric_of(table, name),
            of,
            f"The table keeps throttling {what}: {harm}. Check whether the load doubled or "
            "reached a quota.",
            **SUSTAINED,
        )
