"""What a stack keeps of a transaction: its record, its audit object, its dead letters."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ops.stack import Stack

BATCH = 10
HIDDEN_SECONDS = 5


@dataclass(frozen=True)
class DeadLetter:
    """An event that a function gave up, and why.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """

    queue_name: str
    event: dict[str, Any]
    error: str

    @property
    def request_id(self) -> str | None:
        """The request that the event stems from, however deep its records nest."""
        return _request_id(self.event)


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
        audit = stack.s3.get_object(
            Bucket=stack.outputs.bucket_name, Key=f"transactions/{transaction_id}.json"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    content: dict[str, Any] = json.load(audit["Body"])
    return content


def dead_letters(stack: Stack) -> list[DeadLetter]:
    """List the dead letters of all functions; they stay, hidden for a few seconds."""
    outputs = stack.outputs
    names = [
        outputs.validator_queue_name,
        outputs.processor_queue_name,
        outputs.notifier_queue_name,
    ]
    return [letter for name in names for letter in _letters(stack, name)]


def _letters(stack: Stack, queue_name: str) -> list[DeadLetter]:
    url = stack.sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
    letters: list[DeadLetter] = []
    while messages := stack.sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=BATCH,
        VisibilityTimeout=HIDDEN_SECONDS,
        MessageAttributeNames=["All"],
    ).get("Messages"):
        letters += [
            DeadLetter(
                queue_name=queue_name,
                event=json.loads(message["Body"]),
                error=message["MessageAttributes"]["ErrorMessage"]["StringValue"],
            )
            for message in messages
        ]
    return letters


def _request_id(event: object) -> str | None:
    if not isinstance(event, dict):
        return None
    own = event.get("requestId")
    if isinstance(own, str):
        return own
    return _request_id(event.get("responsePayload")) or _request_id(event.get("requestPayload"))
