"""The notifier tells the topic what became of a transaction."""

from __future__ import annotations

import json
import logging
import os
import re
from typing import TYPE_CHECKING, Any

from notifier_clients import create_clients

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

VERSION = "1.0"
OUTCOMES = ("PROCESSED", "DUPLICATE", "CONFLICT")

# What may reach a message's body and attributes.
WELL_FORMED = {
    "transactionId": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
    "amount": re.compile(r"[0-9]{1,12}(\.[0-9]{1,16})?"),
    "currency": re.compile(r"[A-Z]{3}"),
    "source": re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}"),
    "requestId": re.compile(r"[A-Za-z0-9-]{1,64}"),
    "apiKeyId": re.compile(r"[A-Za-z0-9-]{0,64}"),
}
# The end of the year 9999, in ms since the epoch.
LATEST = 253_402_300_799_999
ABOVE_ANY_AMOUNT = 10**12
LONGEST_REASON = 1_000

_is_condition = re.compile(r"[A-Za-z]{1,64}").fullmatch
# arn:partition:lambda:region:account:function:name:qualifier
_function_arn = re.compile(r"(?:[^:]*:){6}([A-Za-z0-9_-]{1,64})(?::|\Z)").match
_unprintable = re.compile(r"[^ -~]")
_card_like = re.compile(r"\d(?:[._-]?\d){12,18}")
_is_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch

logging.getLogger("botocore").setLevel(logging.WARNING)  # it tells its configuration at INFO

# Made while the environment initialises, where Lambda does not throttle the CPU.
sns: SNSClient
(sns,) = create_clients("sns")


class InvalidRecord(ValueError):
    """The event is not a destination record of the validator or the processor."""


class MissingConfiguration(RuntimeError):
    """An environment variable of the function is not set."""


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Publish one message for a destination record; return the message."""
    message = message_of(event)
    topic = os.environ.get("SNS_TOPIC_ARN")
    if not topic:
        raise MissingConfiguration("SNS_TOPIC_ARN: the environment variable is not set")
    sns.publish(
        TopicArn=topic,
        Subject=f"Transaction {message['status']}",
        Message=json.dumps(message),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": message[name]}
            for name in ("status", "currency", "source")
            if name in message
        },
    )
    line = {"level": "INFO", "status": message["status"], "requestId": None}
    for name in ("requestId", "transactionId"):
        if name in message:
            line[name] = masked(message[name])
    print(json.dumps(line))
    return message


def masked(name: str) -> str:
    """Hide what looks like a card; a UUID is none, whatever its digits."""
    return name if _is_uuid(name) else _card_like.sub("(card-like)", name)


def message_of(event: Any) -> dict[str, Any]:  # noqa: ANN401 - anybody may invoke a function
    """Make the message of a destination record, or raise InvalidRecord.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    if not isinstance(event, dict) or event.get("version") != VERSION:
        raise InvalidRecord(f"version: must be {VERSION}, that of a destination record")
    context = event.get("requestContext")
    if not isinstance(context, dict):
        context = {}
    condition = context.get("condition")
    if not isinstance(condition, str) or not _is_condition(condition):
        raise InvalidRecord("requestContext.condition: must be a word of letters")
    if condition == "Success":
        return success(event.get("responsePayload"))
    return failure(event, context)


def success(record: Any) -> dict[str, Any]:  # noqa: ANN401 - anybody may invoke a function
    """Check the processor's outcome: every field must be there and well-formed."""
    if not isinstance(record, dict) or record.get("status") not in OUTCOMES:
        raise InvalidRecord(f"responsePayload.status: must be one of {', '.join(OUTCOMES)}")
    known = well_formed(record)
    for name in (*WELL_FORMED, "timestamp"):
        if name not in known:
            raise InvalidRecord(f"responsePayload.{name}: is missing or malformed")
    return {"status": record["status"], **known}


def failure(event: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """Say which function gave up and why, and what is well-formed of its transaction.

    A record that was never executed (throttled out, too old) has no responsePayload.
    """
    error = event.get("responsePayload")
    if not isinstance(error, dict):
        error = {}
    return {
        "status": "REJECTED" if error.get("errorType") == "InvalidTransaction" else "FAILED",
        "function": function_name(context.get("functionArn")),
        "condition": context["condition"],
        "reason": reason_of(error) or context["condition"],
        **well_formed(transaction_in(event.get("requestPayload"))),
    }


def reason_of(error: dict[str, Any]) -> str:
    """Return the message of an error, short and in plain ASCII."""
    message = error.get("errorMessage")
    return _unprintable.sub("?", message[:LONGEST_REASON]) if isinstance(message, str) else ""


def function_name(arn: object) -> str:
    """Return the name in the ARN of a function with its qualifier."""
    match = _function_arn(arn) if isinstance(arn, str) else None
    if not match:
        raise InvalidRecord("requestContext.functionArn: must be the ARN of a function")
    return match[1]


def transaction_in(request: Any) -> dict[str, Any]:  # noqa: ANN401 - it comes from outside
    """Find the transaction in what the failed function was given."""
    if not isinstance(request, dict):
        return {}
    if "transaction" in request:  # the gateway's event, which the validator was given
        body = request["transaction"] if isinstance(request["transaction"], dict) else {}
        amount: Any = body.get("amount")
        # More would not be well-formed, and Python refuses to write more than 4,300 digits.
        told = type(amount) in (int, float) and 0 <= amount < ABOVE_ANY_AMOUNT
        return {
            **body,
            **request,
            "timestamp": request.get("receivedAt"),
            "amount": str(amount) if told else None,
        }
    transaction = request.get("responsePayload")  # the validator's record
    return transaction if isinstance(transaction, dict) else {}


def well_formed(transaction: dict[str, Any]) -> dict[str, Any]:
    """Keep the known fields whose values are well-formed."""
    known: dict[str, Any] = {
        name: transaction[name]
        for name, pattern in WELL_FORMED.items()
        if isinstance(transaction.get(name), str) and pattern.fullmatch(transaction[name])
    }
    timestamp = transaction.get("timestamp")
    if type(timestamp) is int and 0 <= timestamp <= LATEST:
        known["timestamp"] = timestamp
    return known
