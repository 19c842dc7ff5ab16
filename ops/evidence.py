"""What a stack keeps of a transaction: its record, its audit object, its dead letters."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contract import OUTCOMES, audit_key
from ops.queues import counted, held_messages
from ops.stack import Stack
from template.outputs import StageOutputs

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HELD_SECONDS = 120


@dataclass(frozen=True)
class DeadLetter:
    """An event that a function gave up, and why.

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
        """The request that the event stems from, however deep its records nest."""
        return _request_id(self.event)

    @property
    def decided(self) -> bool:
        """True if the event holds an outcome, which is only not published yet."""
        if not isinstance(self.event, dict):
            return False
        context, payload = (self.event.get(name) for name in ("requestContext", "responsePayload"))
        condition = context.get("condition") if isinstance(context, dict) else None
        status = payload.get("status") if isinstance(payload, dict) else None
        return status in OUTCOMES or condition not in {None, "Success"}

    @property
    def transaction_id(self) -> str | None:
        """The transaction that the event is about."""
        return _transaction_id(self.event)


def record_of(stack: Stack, transaction_id: str) -> list[dict[str, Any]]:
    """Return every item under the id; there is to be no second one."""
    return stack.dynamodb.query(
        TableName=stack.outputs.table_name,
        KeyConditionExpression="transactionId = :id",
        ExpressionAttributeValues={":id": {"S": transaction_id}},
        ConsistentRead=True,
    )["Items"]


def audit_object_of(stack: Stack, transaction_id: str) -> dict[str, Any] | None:
    """Return the audited transaction, or None if nobody claimed the id."""
    try:
        audit = stack.s3.get_object(Bucket=stack.outputs.bucket_name, Key=audit_key(transaction_id))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    content: dict[str, Any] = json.load(audit["Body"])
    return content


def dead_letters(stack: Stack) -> list[DeadLetter]:
    """List the dead-letter messages of all stages; they stay."""

    def listed(stage: StageOutputs[str]) -> list[DeadLetter]:
        with receive_dead_letters(stack, stage) as letters:
            return list(letters)

    with ThreadPoolExecutor() as readers:  # an empty queue takes a second to say so
        return list(chain.from_iterable(readers.map(listed, stack.stages)))


def count_in_flight(stack: Stack) -> int:
    """Count the dead letters that somebody holds."""
    return sum(counted(stack, stage.queue_name, hidden=True) for stage in stack.stages)


@contextmanager
def receive_dead_letters(
    stack: Stack, stage: StageOutputs[str], seconds: int = HELD_SECONDS
) -> Iterator[Iterator[DeadLetter]]:
    """Iterate over a stage's dead-letter messages, each once; those not deleted come back then."""
    with held_messages(stack, stage.queue_name, seconds) as messages:
        yield (_letter(stage.name, message) for message in messages)


def _letter(stage: str, message: "MessageTypeDef") -> DeadLetter:
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
    except ValueError:  # whoever may send to the queue may send anything
        return body


def _request_id(event: object) -> str | None:
    if not isinstance(event, dict):
        return None
    own = event.get("requestId")
    if isinstance(own, str):
        return own
    # In this order: the response of a function that failed names its invocation, not the request.
    return _request_id(event.get("requestPayload")) or _request_id(event.get("responsePayload"))


def _transaction_id(event: object) -> str | None:
    if not isinstance(event, dict):
        return None
    own = event.get("transactionId")
    if isinstance(own, str):
        return own
    hops = map(event.get, ("transaction", "requestPayload", "responsePayload"))
    return next(filter(None, map(_transaction_id, hops)), None)
