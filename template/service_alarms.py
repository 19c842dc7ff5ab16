"""The alarms of the API, the table and the topic."""

from troposphere import cloudwatch, sns
from troposphere.dynamodb import Table
from troposphere.serverless import Api

from template import metrics
from template.alarms import IMMEDIATE, SUSTAINED, Alarms
from template.settings import Settings


def watch_api(alarms: Alarms, api: Api, settings: Settings) -> list[cloudwatch.Alarm]:
    """Add the alarms of the API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    return [
        alarms.above(
            metrics.of_api(api, "5XXError"),
            "transaction-api",
            "5XXError",
            "Clients receive 5xx and have to try again. Transactions are not queued, or records "
            "are not read. Check the permissions, then the status of AWS.",
            **SUSTAINED,
        ),
        alarms.above(
            metrics.of_api(api, "Latency", "p99"),
            "transaction-api",
            "Latency",
            "One request in a hundred is slow. A client may time out and send it again, which "
            "is safe. Find the cause in X-Ray.",
            Threshold=settings.alarm_latency,
            EvaluateLowSampleCountPercentile="ignore",
            **SUSTAINED,
        ),
    ]


def watch_table(alarms: Alarms, table: Table) -> list[cloudwatch.Alarm]:
    """Add the alarms of the table, whose capacity grows with a delay.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    """
    return [
        alarms.above(
            metrics.of_table(table, name),
            "transactions",
            name,
            f"The table keeps throttling {what}: {harm}. Check whether the load doubled or "
            "reached a quota.",
            **SUSTAINED,
        )
        for name, what, harm in (
            (
                "WriteThrottleEvents",
                "writes",
                "after all retries a transaction is dead-lettered",
            ),
            ("ReadThrottleEvents", "reads", "clients that read records receive 503"),
        )
    ]


def watch_topic(alarms: Alarms, topic: sns.Topic) -> list[cloudwatch.Alarm]:
    """Add the alarm of the topic.

    https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    """
    return [
        alarms.above(
            metrics.of_topic(topic, "NumberOfNotificationsFailed"),
            "transaction-events",
            "NumberOfNotificationsFailed",
            "SNS could not deliver a message to a subscriber. The transaction is recorded. Fix "
            "the subscription. The notifier's log lists what was published.",
            **IMMEDIATE,
        )
    ]
