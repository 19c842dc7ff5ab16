"""The messages of a queue: counted, or held while somebody reads them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ops.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH = 10


def counted(stack: Stack, queue_name: str, *, hidden: bool = False) -> int:
    """Ask a queue for about how many messages it has to give, or has given and hides."""
    url = stack.sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
    attributes = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(
        attributes[
            "ApproximateNumberOfMessagesNotVisible" if hidden else "ApproximateNumberOfMessages"
        ]
    )


@contextmanager
def held_messages(
    stack: Stack, queue_name: str, seconds: int
) -> Iterator[Iterator["MessageTypeDef"]]:
    """Iterate over all messages, each once, hidden from everyone else for so many seconds.

    In the end those that were not deleted are there again.
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
        WaitTimeSeconds=1,  # a short poll asks some servers only, and may miss messages
        MessageAttributeNames=["All"],
    ).get("Messages"):
        fresh = [message for message in messages if message["MessageId"] not in receipts]
        receipts |= {message["MessageId"]: message["ReceiptHandle"] for message in messages}
        yield from fresh
        # It may take longer than they are hidden: a whole round without a new one is the end.
        stale = 0 if fresh else stale + 1
        if stale * BATCH > len(receipts):
            return


def _release(stack: Stack, url: str, receipts: list[str]) -> None:
    for start in range(0, len(receipts), BATCH):
        stack.sqs.change_message_visibility_batch(  # those deleted are reported, which is fine
            QueueUrl=url,
            Entries=[
                {"Id": str(index), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for index, receipt in enumerate(receipts[start : start + BATCH])
            ],
        )
