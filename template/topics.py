"""The topics of transaction outcomes and of alarms."""

from troposphere import Ref, Template, sns

from contract import DUPLICATED, OUTCOMES, RECORDED
from template.parameters import HAS_ALERT_EMAIL, named, skip_checks

NEEDS_ATTENTION = [
    status for status, stored in OUTCOMES.items() if stored not in {RECORDED, DUPLICATED}
]


def add_transaction_topic(template: Template) -> sns.Topic:
    """Add the topic of outcomes; email subscribers receive only those that need attention."""
    topic = template.add_resource(
        sns.Topic(
            "TransactionTopic",
            TopicName=named("transaction-events"),
            KmsMasterKeyId="alias/aws/sns",
        )
    )
    _add_email(template, topic, FilterPolicy={"status": NEEDS_ATTENTION})
    return topic


def add_operations_topic(template: Template) -> sns.Topic:
    """Add the topic of alarms, which carries no customer data.

    CloudWatch cannot publish to a topic encrypted with the managed key alias/aws/sns:
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    topic = template.add_resource(
        sns.Topic(
            "OperationsTopic",
            TopicName=named("operations-alarms"),
            **skip_checks(CKV_AWS_26="CloudWatch cannot publish to a topic with SNS's managed key"),
        )
    )
    _add_email(template, topic)
    return topic


def _add_email(template: Template, topic: sns.Topic, **properties: object) -> None:
    template.add_resource(
        sns.SubscriptionResource(
            f"{topic.title}Email",
            Condition=HAS_ALERT_EMAIL,
            TopicArn=Ref(topic),
            Protocol="email",
            Endpoint=Ref("AlertEmail"),
            **properties,
        )
    )
