"""The processor records a transaction once and for good: the audit object is the claim."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from processor_clients import create_clients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

VERSION = "1.0"

# What the notifier can tell; nothing else is recorded.
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

_card_like = re.compile(r"\d(?:[._-]?\d){12,18}")
_is_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch

logging.getLogger("botocore").setLevel(logging.WARNING)  # it tells its configuration at INFO

# Made while the environment initialises, where Lambda does not throttle the CPU.
s3: S3Client
dynamodb: DynamoDBClient
s3, dynamodb = create_clients("s3", "dynamodb")


class InvalidRecord(ValueError):
    """The event is not the record of a successful validator."""


class InvalidClaim(ValueError):
    """The audit object does not say who owns the transactionId."""


class MissingConfiguration(RuntimeError):
    """An environment variable of the function is not set."""


class Claim(NamedTuple):
    """Who owns a transactionId: the request that created its audit object."""

    timestamp: int
    request_id: str
    api_key_id: str
    fingerprint: str


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Record the transaction of the validator's record; return it with its status."""
    transaction = transaction_of(event)
    bucket, table = setting("S3_BUCKET"), setting("DYNAMODB_TABLE")
    own = Claim(
        timestamp=transaction["timestamp"],
        request_id=transaction["requestId"],
        api_key_id=transaction["apiKeyId"],
        fingerprint=fingerprint(transaction),
    )
    claim = claim_transaction(bucket, transaction, own)
    if claim.fingerprint != own.fingerprint:
        return outcome(transaction, "CONFLICT")
    record(table, transaction, claim)
    status = "PROCESSED" if claim.request_id == own.request_id else "DUPLICATE"
    return outcome({**transaction, "timestamp": claim.timestamp}, status)


def transaction_of(event: Any) -> dict[str, Any]:  # noqa: ANN401 - anybody may invoke a function
    """Return the validated transaction, or raise InvalidRecord that names what is wrong.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    if not isinstance(event, dict) or event.get("version") != VERSION:
        raise InvalidRecord(f"version: must be {VERSION}, that of a destination record")
    transaction = event.get("responsePayload")
    if not isinstance(transaction, dict):
        raise InvalidRecord("responsePayload: must be the validated transaction")
    for name, pattern in WELL_FORMED.items():
        value = transaction.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise InvalidRecord(f"responsePayload.{name}: is missing or malformed")
    timestamp = transaction.get("timestamp")
    if type(timestamp) is not int or not 0 <= timestamp <= LATEST:
        raise InvalidRecord("responsePayload.timestamp: must be a time in ms since the epoch")
    return {name: transaction[name] for name in (*WELL_FORMED, "timestamp")}


def setting(name: str) -> str:
    """Return an environment variable, or raise MissingConfiguration that names it."""
    value = os.environ.get(name)
    if not value:
        raise MissingConfiguration(f"{name}: the environment variable is not set")
    return value


def fingerprint(transaction: dict[str, Any]) -> str:
    """Hash what makes two transactions the same: who sends it again does not matter."""
    parts = [transaction[name] for name in ("transactionId", "amount", "currency", "source")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def claim_transaction(bucket: str, transaction: dict[str, Any], own: Claim) -> Claim:
    """Create the audit object; if it exists, return the claim of who was first.

    A concurrent write (409) propagates: Lambda retries. HEAD answers for archived objects too.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    key = f"transactions/{transaction['transactionId']}.json"
    try:
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=json.dumps(transaction, sort_keys=True, separators=(",", ":")).encode(),
            ContentType="application/json",
            IfNoneMatch="*",
            Metadata={
                "timestamp": str(own.timestamp),
                "request-id": own.request_id,
                "api-key-id": own.api_key_id,
                "fingerprint": own.fingerprint,
            },
        )
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
    else:
        return own
    return claim_in(s3.head_object(Bucket=bucket, Key=key)["Metadata"])


def claim_in(metadata: dict[str, str]) -> Claim:
    """Read a claim, or raise InvalidClaim that names what is wrong with it."""
    try:
        return Claim(
            timestamp=int(metadata["timestamp"]),
            request_id=metadata["request-id"],
            api_key_id=metadata["api-key-id"],
            fingerprint=metadata["fingerprint"],
        )
    except KeyError as error:
        raise InvalidClaim(f"metadata of the audit object: {error.args[0]} is missing") from error
    except ValueError as error:
        raise InvalidClaim("metadata of the audit object: timestamp is no integer") from error


def record(table: str, transaction: dict[str, Any], claim: Claim) -> None:
    """Put the item of the claim, unless it is there already."""
    try:
        dynamodb.put_item(
            TableName=table,
            Item={
                "transactionId": {"S": transaction["transactionId"]},
                "timestamp": {"N": str(claim.timestamp)},
                "amount": {"N": transaction["amount"]},
                "currency": {"S": transaction["currency"]},
                "source": {"S": transaction["source"]},
                "requestId": {"S": claim.request_id},
                "apiKeyId": {"S": claim.api_key_id},
            },
            ConditionExpression="attribute_not_exists(transactionId)",
        )
    except dynamodb.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def outcome(transaction: dict[str, Any], status: str) -> dict[str, Any]:
    """Log the outcome as one JSON line, without anything that looks like a card; return it."""
    line = {
        "level": "INFO",
        "status": status,
        "requestId": masked(transaction["requestId"]),
        "transactionId": masked(transaction["transactionId"]),
    }
    print(json.dumps(line))
    return {**transaction, "status": status}


def masked(name: str) -> str:
    """Hide what looks like a card; a UUID is none, whatever its digits."""
    return name if _is_uuid(name) else _card_like.sub("(card-like)", name)
