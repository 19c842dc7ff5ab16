"""The processor with plain boto3 clients."""

import json
import os
from typing import Any

import boto3
from records import audit_object, item, transaction_of

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Record the transaction of the validator's record; return it with its status.

    Conflicts and duplicates are errors here: the calls of a new transaction are what is measured.
    """
    transaction = transaction_of(event)
    s3.put_object(**audit_object(os.environ["S3_BUCKET"], transaction))
    dynamodb.put_item(**item(os.environ["DYNAMODB_TABLE"], transaction))
    line = {name: transaction[name] for name in ("requestId", "transactionId")}
    print(json.dumps({"level": "INFO", "status": "PROCESSED", **line}))
    return {**transaction, "status": "PROCESSED"}
