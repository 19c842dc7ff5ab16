"""The notifier tells the topic what became of a transaction."""

import json
import logging
import os
import re
from typing import Any

import boto3
from botocore.config import Config

VERSION = "1.0"
OUTCOMES = ("PROCESSED", "DUPLICATE", "CONFLICT")

# What may reach a message's body and attributes.
WELL_FORMED = {
    "transactionId": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
    "amount": re.compile(r"[0-9]{1,12}(\.[0-9]{1,16})?"),
    "currency": re.compile(r"[A-Z]{3}"),
    "source": re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}"),
    "requestId": re.compile(r"[A-Za-z0-9-]{1,64}"),
    "apiKeyId": re.compile(r"[A-Za-z0-9]{0,64}"),
}
LONGEST_REASON = 1_000

_card_like = re.compile(r"\d(?:[._-]?\d){12,18}")

logging.getLogger("botocore").setLevel(logging.WARNING)  # it tells its configuration at INFO

# Made while the environment initialises, where Lambda does not throttle the CPU.
sns = boto3.client(
    "sns", config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard"})
)


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
    line = {"level": "INFO", "status": message["status"], "requestId": message.get("requestId")}
    if "transactionId" in message:
        line["transactionId"] = _card_like.sub("(card-like)", message["transactionId"])
    print(json.dumps(line))
    return message


def message_of(event: Any) -> dict[str, Any]:  # noqa: ANN401 - anybody may invoke a function
    """Make the message of a destination record, or raise InvalidRecord.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    if not isinstance(event, dict) or event.get("version") != VERSION:
        raise InvalidRecord(f"version: must be {VERSION}, that of a destination record")
    context = event.get("requestContext")
    if not isinstance(context, dict) or not isinstance(context.get("condition"), str):
        raise InvalidRecord("requestContext.condition: must be a string")
    if context["condition"] == "Success":
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
        "reason": str(error.get("errorMessage") or context["condition"])[:LONGEST_REASON],
        **well_formed(transaction_in(event.get("requestPayload"))),
    }


def function_name(arn: object) -> str:
    """Return the name in the ARN of a function with its qualifier."""
    parts = arn.split(":") if isinstance(arn, str) else []
    if len(parts) < 7:  # noqa: PLR2004 - arn:partition:lambda:region:account:function:name
        raise InvalidRecord("requestContext.functionArn: must be the ARN of a function")
    return parts[6]


def transaction_in(request: Any) -> dict[str, Any]:  # noqa: ANN401 - it comes from outside
    """Find the transaction in what the failed function was given."""
    if not isinstance(request, dict):
        return {}
    if "transaction" in request:  # the gateway's event, which the validator was given
        body = request["transaction"] if isinstance(request["transaction"], dict) else {}
        amount = body.get("amount")
        text = str(amount) if type(amount) in (int, float) else None
        return {**body, **request, "timestamp": request.get("receivedAt"), "amount": text}
    transaction = request.get("responsePayload")  # the validator's record
    return transaction if isinstance(transaction, dict) else {}


def well_formed(transaction: dict[str, Any]) -> dict[str, Any]:
    """Keep the known fields whose values are well-formed."""
    known: dict[str, Any] = {
        name: transaction[name]
        for name, pattern in WELL_FORMED.items()
        if isinstance(transaction.get(name), str) and pattern.fullmatch(transaction[name])
    }
    if type(transaction.get("timestamp")) is int:
        known["timestamp"] = transaction["timestamp"]
    return known
