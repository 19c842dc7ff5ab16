"""What the rival processors and notifiers check of a record, and write of a transaction."""

import hashlib
import json
import re
from typing import Any

WELL_FORMED = {
    "transactionId": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
    "amount": re.compile(r"[0-9]{1,12}(\.[0-9]{1,16})?"),
    "currency": re.compile(r"[A-Z]{3}"),
    "source": re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}"),
    "requestId": re.compile(r"[A-Za-z0-9-]{1,64}"),
    "apiKeyId": re.compile(r"[A-Za-z0-9-]{0,64}"),
}


class InvalidRecord(ValueError):
    """The event is not a record of the stage before."""


def transaction_of(event: Any) -> dict[str, Any]:  # noqa: ANN401 - it comes from outside
    """Check the transaction of a destination record."""
    if event["version"] != "1.0" or event["requestContext"]["condition"] != "Success":
        raise InvalidRecord("must be the destination record of a success")
    transaction: dict[str, Any] = event["responsePayload"]
    for name, pattern in WELL_FORMED.items():
        if not pattern.fullmatch(transaction[name]):
            raise InvalidRecord(f"{name}: is malformed")
    if type(transaction["timestamp"]) is not int:
        raise InvalidRecord("timestamp: must be a time in ms since the epoch")
    return transaction


def audit_object(bucket: str, transaction: dict[str, Any]) -> dict[str, Any]:
    """Give the arguments of PutObject that claim a transaction."""
    identity = [transaction[name] for name in ("transactionId", "amount", "currency", "source")]
    return {
        "Bucket": bucket,
        "Key": f"transactions/{transaction['transactionId']}.json",
        "Body": json.dumps(transaction, sort_keys=True, separators=(",", ":")).encode(),
        "ContentType": "application/json",
        "IfNoneMatch": "*",
        "Metadata": {
            "timestamp": str(transaction["timestamp"]),
            "request-id": transaction["requestId"],
            "api-key-id": transaction["apiKeyId"],
            "fingerprint": hashlib.sha256(json.dumps(identity).encode()).hexdigest(),
        },
    }


def item(table: str, transaction: dict[str, Any]) -> dict[str, Any]:
    """Give the arguments of PutItem that record a transaction."""
    texts = ("transactionId", "currency", "source", "requestId", "apiKeyId")
    return {
        "TableName": table,
        "Item": {
            **{name: {"S": transaction[name]} for name in texts},
            "timestamp": {"N": str(transaction["timestamp"])},
            "amount": {"N": transaction["amount"]},
        },
        "ConditionExpression": "attribute_not_exists(transactionId)",
    }


def message(topic: str, outcome: dict[str, Any]) -> dict[str, Any]:
    """Give the arguments of Publish that tell what became of a transaction."""
    return {
        "TopicArn": topic,
        "Subject": f"Transaction {outcome['status']}",
        "Message": json.dumps(outcome),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": outcome[name]}
            for name in ("status", "currency", "source")
        },
    }
