"""Every alarm of the deployed pipeline reaches the operations topic's subscribers."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from ops.cost.usage import Month, monitoring
from ops.stack import Stack
from ops.stage_durations import StageDurations
from tests.polling import eventually


class ReceivedAlarms(dict[str, str]):
    """The alarms received, by name, with their descriptions."""

    def __init__(self, sqs: Any, url: str) -> None:
        super().__init__()
        self.sqs, self.url = sqs, url

    def all_of(self, names: set[str]) -> bool:
        received = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        for message in received.get("Messages", []):
            content = json.loads(message["Body"])
            self[content["AlarmName"]] = content["AlarmDescription"]
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return names <= self.keys()


@pytest.fixture
def received_alarms(stack: Stack) -> Iterator[ReceivedAlarms]:
    """Subscribe to the operations topic; yield the alarms received."""
    sqs: Any = boto3.client("sqs", **stack.connection)
    sns: Any = boto3.client("sns", **stack.connection)
    url = sqs.create_queue(QueueName="operators")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    subscription = sns.subscribe(
        TopicArn=stack.outputs.operations_topic_arn,
        Protocol="sqs",
        Endpoint=queue["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )["SubscriptionArn"]
    yield ReceivedAlarms(sqs, url)
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=url)


def test_every_alarm_is_received_with_a_link_to_the_runbook(
    stack: Stack, received_alarms: ReceivedAlarms
) -> None:
    cloudwatch: Any = boto3.client("cloudwatch", **stack.connection)
    names = {
        alarm["AlarmName"]
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]
        if alarm["AlarmName"].endswith("-test")
    }
    month = Month(measured=StageDurations.default())
    assert len(names) == monitoring(month.resources)["alarm"]

    for name in names:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="A test")

    eventually(lambda: received_alarms.all_of(names))
    for name in names:
        section = name.removesuffix("-test").rpartition("-")[2].lower()
        assert received_alarms[name].endswith(f"docs/runbook.md#{section}")
