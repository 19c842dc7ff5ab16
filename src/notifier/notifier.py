"""The notifier publishes one message for each outcome, whichever stage reached it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import contract
from clients import create_clients, resource_name  # first: it switches the garbage collector off
from contract import InvalidRecord
from logs import log

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

LONGEST_REASON = 1_000

_is_condition = re.compile(r"[A-Za-z]{1,64}").fullmatch
# arn:partition:lambda:region:account:function:name:qualifier
_function_arn = re.compile(r"(?:[^:]*:){6}([A-Za-z0-9_-]{1,64})(?::|\Z)").match
_unprintable = re.compile(r"[^ -~]")

sns: SNSClient
(sns,) = create_clients("sns")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish one message for a destination record; return the message."""
    message = message_of(contract.destination_record(event))
    sns.publish(
        TopicArn=resource_name("SNS_TOPIC_ARN"),
        Subject=f"Transaction {message['status']}",
        Message=json.dumps(message),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": message[name]}
            for name in contract.MESSAGE_ATTRIBUTES
            if name in message
        },
    )
    log(message["status"], message)
    return message


def message_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the message about a destination record, or raise InvalidRecord."""
    context = record.get("requestContext")
    if not isinstance(context, dict):
        context = {}
    condition = context.get("condition")
    if not isinstance(condition, str) or not _is_condition(condition):
        raise InvalidRecord("requestContext.condition: must be a word of letters")
    if condition == "Success":
        return contract.outcome_in(record)
    return failure(record, context)


def failure(record: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """Return which function failed and why, and what is well-formed of its transaction.

    The record of an event that never ran (throttled, too old) has no responsePayload.
    """
    error = record.get("responsePayload")
    if not isinstance(error, dict):
        error = {}
    return {
        "status": "REJECTED" if error.get("errorType") == "InvalidTransaction" else "FAILED",
        "function": function_name(context.get("functionArn")),
        "condition": context["condition"],
        "reason": reason_of(error) or context["condition"],
        **contract.well_formed(request_of(record.get("requestPayload"))),
    }


def reason_of(error: dict[str, Any]) -> str:
    """Return the message of an error, short and in plain ASCII."""
    message = error.get("errorMessage")
    return _unprintable.sub("?", message[:LONGEST_REASON]) if isinstance(message, str) else ""


def function_name(arn: object) -> str:
    """Return the name in the ARN of a function."""
    match = _function_arn(arn) if isinstance(arn, str) else None
    if not match:
        raise InvalidRecord("requestContext.functionArn: must be the ARN of a function")
    return match[1]


def request_of(request: Any) -> dict[str, Any]:
    """Return the transaction in the event of the function that failed."""
    if not isinstance(request, dict):
        return {}
    if "transaction" not in request:  # a destination record
        transaction = request.get("responsePayload")
        return transaction if isinstance(transaction, dict) else {}
    body = request["transaction"] if isinstance(request["transaction"], dict) else {}
    amount: Any = body.get("amount")
    # Python refuses to write a number of more than 4,300 digits.
    writable = type(amount) in (int, float) and amount <= contract.HIGHEST_AMOUNT
    return {
        **body,
        **request,
        "timestamp": request.get("receivedAt"),
        "amount": str(amount) if writable else None,
    }
