"""The stored data of a transaction: its record, audit object and dead-letter messages."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from contract import OUTCOMES
from ops.foreign import Foreign, json_value, parse, text_attributes
from ops.stack import Stack
from template.outputs import StageOutputs

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH = 10  # the most that SQS returns or changes at once
VISIBILITY_SECONDS = 120


@dataclass(frozen=True)
class DeadLetter:
    """A dead-letter message: an event whose retries a function exhausted, and the error.

    A foreign message has no event, and its error is the problem.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """

    stage: str
    event: Any
    error: str
    invocation_id: str = field(default="", compare=False)
    message_id: str = field(default="", compare=False)
    body: str = field(default="", compare=False, repr=False)
    receipt: str = field(default="", compare=False, repr=False)
    foreign: Foreign | None = None

    @property
    def id(self) -> str:
        """Request ID, or the message's own ID if the event has none."""
        return self.request_id or self.message_id

    @property
    def request_id(self) -> str | None:
        """Request ID of the original event, however deep it is nested."""
        return _first(self.event, "requestId")

    @property
    def decided(self) -> bool:
        """True if the event contains an outcome that is not yet published."""
        if not isinstance(self.event, dict):
            return False
        context, payload = (self.event.get(name) for name in ("requestContext", "responsePayload"))
        condition = context.get("condition") if isinstance(context, dict) else None
        status = payload.get("status") if isinstance(payload, dict) else None
        return status in OUTCOMES or condition not in {None, "Success"}

    @property
    def transaction_id(self) -> str | None:
        """Transaction ID of the original event."""
        return _first(self.event, "transactionId")


def record_of(stack: Stack, transaction_id: str) -> list[dict[str, Any]]:
    """Return every item with the ID; more than one is a discrepancy."""
    return stack.dynamodb.query(
        TableName=stack.outputs.table_name,
        KeyConditionExpression="transactionId = :id",
        ExpressionAttributeValues={":id": {"S": transaction_id}},
        ConsistentRead=True,
    )["Items"]


def dead_letters(stack: Stack) -> list[DeadLetter]:
    """Return the dead-letter messages of all stages without deleting them."""

    def read(stage: StageOutputs[str]) -> list[DeadLetter]:
        with receive_dead_letters(stack, stage) as messages:
            return list(messages)

    with ThreadPoolExecutor() as readers:  # polling an empty queue takes a second
        return list(chain.from_iterable(readers.map(read, stack.stages)))


def count_messages(stack: Stack, queue_name: str, *, in_flight: bool = False) -> int:
    """Return the approximate number of messages that are available or in flight."""
    return queue_depth(stack, queue_name)[in_flight]


def queue_depth(stack: Stack, queue_name: str) -> tuple[int, int]:
    """Return the approximate numbers of messages that are available and in flight."""
    url = stack.sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
    attributes = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return (
        int(attributes["ApproximateNumberOfMessages"]),
        int(attributes["ApproximateNumberOfMessagesNotVisible"]),
    )


def count_in_flight(stack: Stack) -> int:
    """Count the dead-letter messages that are in flight."""
    return sum(count_messages(stack, stage.queue_name, in_flight=True) for stage in stack.stages)


@contextmanager
def receive_dead_letters(
    stack: Stack, stage: StageOutputs[str], seconds: int = VISIBILITY_SECONDS
) -> Iterator[Iterator[DeadLetter]]:
    """Iterate over a stage's dead-letter messages, each once and in flight for up to `seconds`.

    On exit, messages that were not deleted become available again.
    """
    url = stack.sqs.get_queue_url(QueueName=stage.queue_name)["QueueUrl"]
    receipts: dict[str, str] = {}
    try:
        messages = _receive(stack, url, receipts, seconds)
        yield (_dead_letter(stage.name, message) for message in messages)
    finally:
        for batch in batched(receipts.values(), BATCH, strict=False):
            stack.sqs.change_message_visibility_batch(  # fails for deleted messages
                QueueUrl=url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for index, receipt in enumerate(batch)
                ],
            )


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


def _dead_letter(stage: str, message: "MessageTypeDef") -> DeadLetter:
    name = message["MessageId"]
    received = DeadLetter(
        stage, None, "", message_id=name, body=message["Body"], receipt=message["ReceiptHandle"]
    )
    found = parse("dead-letter message", name, lambda: _read(received, message))
    if isinstance(found, Foreign):
        return replace(received, error=f"foreign: {found.problem}", foreign=found)
    return found


def _read(received: DeadLetter, message: "MessageTypeDef") -> DeadLetter:
    attributes = text_attributes(message)
    return replace(
        received,
        event=json_value(message["Body"]),
        error=attributes.get("ErrorMessage", ""),
        invocation_id=attributes.get("RequestID", ""),
    )


def _first(event: object, name: str) -> str | None:
    """Return the value of the outermost field with this name."""
    pending = [event]
    while pending:
        event = pending.pop()
        if not isinstance(event, dict):
            continue
        own = event.get(name)
        if isinstance(own, str) and own:
            return own
        # A failed function's response contains the invocation ID, so the request comes first.
        pending += map(event.get, ("responsePayload", "requestPayload", "transaction"))
    return None
