"""The messages of a queue: counting and receiving them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ops.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH = 10


def count_messages(stack: Stack, queue_name: str, *, in_flight: bool = False) -> int:
    """Return the approximate number of messages that are available or in flight."""
    url = stack.sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
    attributes = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(
        attributes[
            "ApproximateNumberOfMessagesNotVisible" if in_flight else "ApproximateNumberOfMessages"
        ]
    )


@contextmanager
def receive_messages(
    stack: Stack, queue_name: str, seconds: int
) -> Iterator[Iterator["MessageTypeDef"]]:
    """Iterate over all messages, each once and in flight for up to `seconds`.

    On exit, messages that were not deleted become available again.
    """
    url = stack.sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
    receipts: dict[str, str] = {}
    try:
        yield _receive(stack, url, receipts, seconds)
    finally:
        _release(stack, url, list(receipts.values()))


def _receive(
    stack: Stack, url: str, receipts: dict[str, str], seconds: int
) -> Iterator["MessageTypeDef"]:
    stale = 0
    while messages := stack.sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=BATCH,
        VisibilityTimeout=seconds,
        WaitTimeSeconds=1,  # a short poll can miss messages
        MessageAttributeNames=["All"],
    ).get("Messages"):
        fresh = [message for message in messages if message["MessageId"] not in receipts]
        receipts |= {message["MessageId"]: message["ReceiptHandle"] for message in messages}
        yield from fresh
        # Reading can outlast the visibility timeout: a whole round without a new message ends it.
        stale = 0 if fresh else stale + 1
        if stale * BATCH > len(receipts):
            return


def _release(stack: Stack, url: str, receipts: list[str]) -> None:
    for start in range(0, len(receipts), BATCH):
        stack.sqs.change_message_visibility_batch(  # fails for deleted messages
            QueueUrl=url,
            Entries=[
                {"Id": str(index), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for index, receipt in enumerate(receipts[start : start + BATCH])
            ],
        )
