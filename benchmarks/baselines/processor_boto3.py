"""The processor with plain boto3 clients."""

import hashlib
import os
from typing import Any

import boto3

import contract
import destination
from logs import log

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Record the transaction of the validator's record; return it with its status.

    Conflicts and duplicates are errors here: the benchmarks measure the calls of new transactions.
    """
    transaction = destination.transaction_in(destination.record_of(event))
    s3.put_object(
        Bucket=os.environ["S3_BUCKET"],
        Key=contract.audit_key(transaction["transactionId"]),
        Body=contract.canonical_json(transaction),
        ContentType="application/json",
        IfNoneMatch="*",
        Metadata={
            "timestamp": str(transaction["timestamp"]),
            "request-id": transaction["requestId"],
            "api-key-id": transaction["apiKeyId"],
            "fingerprint": hashlib.sha256(contract.identity(transaction)).hexdigest(),
        },
    )
    dynamodb.put_item(
        TableName=os.environ["DYNAMODB_TABLE"],
        Item=contract.item(transaction),
        ConditionExpression="attribute_not_exists(transactionId)",
    )
    log("PROCESSED", transaction)
    return {**transaction, "status": "PROCESSED"}
