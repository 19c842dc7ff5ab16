"""The notifier stores and publishes each outcome, whichever stage reached it."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import contract
import destination
from clients import create_clients, resource_name  # first: it switches the garbage collector off
from destination import InvalidRecord
from logs import log

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient

SECONDS_PER_DAY = 86_400

_is_condition = re.compile(r"[A-Za-z]{1,64}").fullmatch
# arn:partition:lambda:region:account:function:name:qualifier
_function_arn = re.compile(r"(?:[^:]*:){6}([A-Za-z0-9_-]{1,64})(?::|\Z)").match

dynamodb: DynamoDBClient
sns: SNSClient
dynamodb, sns = create_clients("dynamodb", "sns")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish one message for a destination record; return the message.

    Its outcome is stored first: nothing is published that a client cannot ask for.
    """
    record = destination.record_of(event)
    message = message_of(record)
    topic, table = resource_name("SNS_TOPIC_ARN"), resource_name("OUTCOMES_TABLE")
    if "requestId" in message:
        days = int(resource_name("OUTCOME_RETENTION_DAYS"))
        store(table, message, expires_at=int(time.time()) + days * SECONDS_PER_DAY)
    sns.publish(
        TopicArn=topic,
        Subject=f"Transaction {message['status']}",
        Message=json.dumps(message),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": message[name]}
            for name in contract.MESSAGE_ATTRIBUTES
            if name in message
        },
    )
    log(message["status"], message, **failed_invocation(record))
    return message


def store(table: str, message: dict[str, Any], *, expires_at: int) -> None:
    """Put the outcome of a request, unless it has one already.

    Only a FAILED of the same API key is replaced: a redrive can succeed. A client can choose the
    request ID, and must not change the outcome of another client's request.
    """
    try:
        dynamodb.put_item(
            TableName=table,
            Item=contract.outcome_item(message, expires_at),
            ConditionExpression=(
                "attribute_not_exists(requestId) OR (apiKeyId = :own AND #status = :failed)"
            ),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":own": {"S": message.get("apiKeyId", "")},
                ":failed": {"S": "FAILED"},
            },
        )
    except dynamodb.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def message_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the message about a destination record, or raise InvalidRecord."""
    context = record.get("requestContext")
    if not isinstance(context, dict):
        context = {}
    condition = context.get("condition")
    if not isinstance(condition, str) or not _is_condition(condition):
        raise InvalidRecord("requestContext.condition: must be a word of letters")
    if condition == "Success":
        return destination.outcome_in(record)
    return failure(record, context)


def failed_invocation(record: dict[str, Any]) -> dict[str, str]:
    """Return the ID that the log lines of a function that failed have in common with its record."""
    context = record["requestContext"]
    invocation_id = context.get("requestId")
    if context["condition"] == "Success" or not contract.is_well_formed("requestId", invocation_id):
        return {}
    return {"failedInvocation": contract.masked(invocation_id)}


def failure(record: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """Return which function failed and why, and what is well-formed of its transaction.

    The record of an event that never ran (throttled, too old) has no responsePayload.
    """
    error = record.get("responsePayload")
    if not isinstance(error, dict):
        error = {}
    return {
        # What the validator raised before a rejection was a result; for one release.
        "status": "REJECTED" if error.get("errorType") == "InvalidTransaction" else "FAILED",
        "function": function_name(context.get("functionArn")),
        "condition": context["condition"],
        "reason": reason_of(error) or context["condition"],
        **request_of(record.get("requestPayload")),
    }


def reason_of(error: dict[str, Any]) -> str:
    """Return the message of an error."""
    message = error.get("errorMessage")
    return contract.plain(message) if isinstance(message, str) else ""


def function_name(arn: object) -> str:
    """Return the name in the ARN of a function."""
    match = _function_arn(arn) if isinstance(arn, str) else None
    if not match:
        raise InvalidRecord("requestContext.functionArn: must be the ARN of a function")
    return match[1]


def request_of(request: Any) -> dict[str, Any]:
    """Return what is well-formed of the transaction in the event of the function that failed."""
    if not isinstance(request, dict):
        return {}
    if "transaction" in request:  # a gateway event
        provenance = {field: request.get(name) for name, field in contract.ENVELOPE.items()}
        return contract.as_sent(request["transaction"], provenance)
    transaction = request.get("responsePayload")  # of a destination record
    return contract.well_formed(transaction) if isinstance(transaction, dict) else {}
