"""The processor records a transaction exactly once: the audit object is the claim."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import contract
import destination
from clients import create_clients, resource_name  # first: it switches the garbage collector off
from logs import log

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

s3: S3Client
dynamodb: DynamoDBClient
s3, dynamodb = create_clients("s3", "dynamodb")


class InvalidClaim(ValueError):
    """The metadata of the audit object do not name the claim's owner."""


class Claim(NamedTuple):
    """The owner of a transaction ID: the request that created its audit object."""

    timestamp: int
    request_id: str
    api_key_id: str
    fingerprint: str


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Record the transaction that the validator returned; return it with its status.

    A rejection is returned as it is.
    """
    record_in = destination.record_of(event)
    if settled := destination.settled_in(record_in):
        return settled
    transaction = destination.transaction_in(record_in)
    bucket, table = resource_name("S3_BUCKET"), resource_name("DYNAMODB_TABLE")
    own = Claim(
        timestamp=transaction["timestamp"],
        request_id=transaction["requestId"],
        api_key_id=transaction["apiKeyId"],
        fingerprint=fingerprint(transaction),
    )
    claim = claim_transaction(bucket, transaction, own)
    if claim.fingerprint != own.fingerprint:
        return outcome("CONFLICT", transaction)
    record(table, transaction, claim)
    status = "PROCESSED" if claim.request_id == own.request_id else "DUPLICATE"
    return outcome(status, {**transaction, "timestamp": claim.timestamp})


def fingerprint(transaction: dict[str, Any]) -> str:
    """Return the hash of what makes two transactions the same."""
    return hashlib.sha256(contract.identity(transaction)).hexdigest()


def claim_transaction(bucket: str, transaction: dict[str, Any], own: Claim) -> Claim:
    """Create the audit object; if it exists, return the claim of its owner.

    A concurrent write (409) propagates: Lambda retries. HEAD works on archived objects too.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    key = contract.audit_key(transaction["transactionId"])
    try:
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=contract.canonical_json(transaction),
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
        raise InvalidClaim("metadata of the audit object: timestamp is not an integer") from error


def record(table: str, transaction: dict[str, Any], claim: Claim) -> None:
    """Put the item in the claim's name, unless it exists: then a retry finds it there."""
    owned = {
        **transaction,
        "timestamp": claim.timestamp,
        "requestId": claim.request_id,
        "apiKeyId": claim.api_key_id,
    }
    try:
        dynamodb.put_item(
            TableName=table,
            Item=contract.item(owned),
            ConditionExpression="attribute_not_exists(transactionId)",
        )
    except dynamodb.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def outcome(status: str, transaction: dict[str, Any]) -> dict[str, Any]:
    """Log the outcome and return it."""
    log(status, transaction)
    return {**transaction, "status": status}
