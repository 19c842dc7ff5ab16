"""The stored data of a transaction: its record, audit object and dead-letter messages."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contract import OUTCOMES, audit_key
from ops.queues import count_messages, receive_messages
from ops.stack import Stack
from template.outputs import StageOutputs

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

VISIBILITY_SECONDS = 120


@dataclass(frozen=True)
class DeadLetter:
    """A dead-letter message: an event whose retries a function exhausted, and the error.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """

    stage: str
    event: Any
    error: str
    invocation_id: str = field(default="", compare=False)
    message_id: str = field(default="", compare=False)
    body: str = field(default="", compare=False, repr=False)
    receipt: str = field(default="", compare=False, repr=False)

    @property
    def request_id(self) -> str | None:
        """Request ID of the original event, however deep it is nested."""
        return _request_id(self.event)

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
        return _transaction_id(self.event)


def record_of(stack: Stack, transaction_id: str) -> list[dict[str, Any]]:
    """Return every item with the ID; more than one is a discrepancy."""
    return stack.dynamodb.query(
        TableName=stack.outputs.table_name,
        KeyConditionExpression="transactionId = :id",
        ExpressionAttributeValues={":id": {"S": transaction_id}},
        ConsistentRead=True,
    )["Items"]


def audit_object_of(stack: Stack, transaction_id: str) -> dict[str, Any] | None:
    """Return the audit object, or None if the ID is not claimed."""
    try:
        audit = stack.s3.get_object(Bucket=stack.outputs.bucket_name, Key=audit_key(transaction_id))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    content: dict[str, Any] = json.load(audit["Body"])
    return content


def dead_letters(stack: Stack) -> list[DeadLetter]:
    """Return the dead-letter messages of all stages without deleting them."""

    def read(stage: StageOutputs[str]) -> list[DeadLetter]:
        with receive_dead_letters(stack, stage) as messages:
            return list(messages)

    with ThreadPoolExecutor() as readers:  # polling an empty queue takes a second
        return list(chain.from_iterable(readers.map(read, stack.stages)))


def count_in_flight(stack: Stack) -> int:
    """Count the dead-letter messages that are in flight."""
    return sum(count_messages(stack, stage.queue_name, in_flight=True) for stage in stack.stages)


@contextmanager
def receive_dead_letters(
    stack: Stack, stage: StageOutputs[str], seconds: int = VISIBILITY_SECONDS
) -> Iterator[Iterator[DeadLetter]]:
    """Iterate over a stage's dead-letter messages; on exit, undeleted ones become visible again."""
    with receive_messages(stack, stage.queue_name, seconds) as messages:
        yield (_dead_letter(stage.name, message) for message in messages)


def _dead_letter(stage: str, message: "MessageTypeDef") -> DeadLetter:
    attributes = {
        name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()
    }
    return DeadLetter(
        stage=stage,
        event=_parsed(message["Body"]),
        error=attributes.get("ErrorMessage", ""),
        invocation_id=attributes.get("RequestID", ""),
        message_id=message["MessageId"],
        body=message["Body"],
        receipt=message["ReceiptHandle"],
    )


def _parsed(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:  # messages sent by hand can contain anything
        return body


def _request_id(event: object) -> str | None:
    if not isinstance(event, dict):
        return None
    own = event.get("requestId")
    if isinstance(own, str):
        return own
    # A failed function's response contains the invocation ID, so the request comes first.
    return _request_id(event.get("requestPayload")) or _request_id(event.get("responsePayload"))


def _transaction_id(event: object) -> str | None:
    if not isinstance(event, dict):
        return None
    own = event.get("transactionId")
    if isinstance(own, str):
        return own
    hops = map(event.get, ("transaction", "requestPayload", "responsePayload"))
    return next(filter(None, map(_transaction_id, hops)), None)
