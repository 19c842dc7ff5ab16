"""Receives notifications through a temporary queue that is subscribed to the topic."""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from ops.foreign import Foreign, json_object, parse, text_attributes
from ops.stack import Stack
from ops.transaction import field_value

LONG_POLL_SECONDS = 1
BATCH = 10


@dataclass(frozen=True)
class Notification:
    """A published message; received_at is when the queue got it, in seconds since the epoch."""

    message: dict[str, Any]
    attributes: dict[str, str]
    received_at: float

    @classmethod
    def read(cls, received: Mapping[str, Any]) -> Self:
        """Read the message of a queue; raises KeyError or ValueError."""
        message = json_object(received["Body"])
        for name in message.keys() & {"requestId", "timestamp"}:
            field_value(name, message[name])
        return cls(
            message=message,
            attributes=text_attributes(received),
            received_at=int(received["Attributes"]["SentTimestamp"]) / 1_000,
        )


@dataclass
class Subscriber:
    """The notifications received so far, by requestId, and the messages that are foreign."""

    stack: Stack
    queue_url: str
    seen: dict[str, list[Notification]] = field(default_factory=dict)
    foreign: list[Foreign] = field(default_factory=list)

    def wait_for(
        self,
        request_ids: set[str],
        *,
        seconds: float,
        on_progress: Callable[[int], None] | None = None,
    ) -> set[str]:
        """Wait for the notification of each request, and return the requests that remain.

        `on_progress` is called with the number of requests that are notified.
        """
        deadline = time.monotonic() + seconds
        while (missing := request_ids - self.seen.keys()) and time.monotonic() < deadline:
            self._receive()
            if on_progress:
                on_progress(len(request_ids & self.seen.keys()))
        return missing

    def _receive(self) -> None:
        messages = self.stack.sqs.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=LONG_POLL_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp"],
        ).get("Messages", [])
        for message in messages:
            found = parse("notification", message["MessageId"], partial(Notification.read, message))
            if isinstance(found, Foreign):
                self.foreign.append(found)
            else:
                self.seen.setdefault(found.message.get("requestId", ""), []).append(found)
            self.stack.sqs.delete_message(
                QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
            )


@contextmanager
def subscribe(stack: Stack) -> Iterator[Subscriber]:
    """Subscribe a temporary queue to the topic, and remove both on exit.

    https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
    """
    topic = stack.outputs.topic_arn
    queue_url = stack.sqs.create_queue(QueueName=f"watch-{uuid.uuid4()}")["QueueUrl"]
    try:
        queue_arn = stack.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        stack.sqs.set_queue_attributes(
            QueueUrl=queue_url, Attributes={"Policy": json.dumps(policy)}
        )
        subscription = stack.sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=queue_arn,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        try:
            yield Subscriber(stack, queue_url)
        finally:
            stack.sns.unsubscribe(SubscriptionArn=subscription)
    finally:
        stack.sqs.delete_queue(QueueUrl=queue_url)
