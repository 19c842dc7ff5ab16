"""The processor with plain boto3 clients, once for each transactionId by Powertools Idempotency.

https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
"""

import json
import os
from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)
from records import audit_object, item, transaction_of

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")
once = DynamoDBPersistenceLayer(
    table_name=f"{os.environ['DYNAMODB_TABLE']}-idempotency", boto3_client=dynamodb
)
by_transaction = IdempotencyConfig(
    event_key_jmespath="responsePayload.transactionId",
    payload_validation_jmespath="responsePayload.[amount, currency, source]",
    raise_on_no_idempotency_key=True,
)


@idempotent(persistence_store=once, config=by_transaction)
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Record the transaction of the validator's record; return it with its status."""
    transaction = transaction_of(event)
    s3.put_object(**audit_object(os.environ["S3_BUCKET"], transaction))
    dynamodb.put_item(**item(os.environ["DYNAMODB_TABLE"], transaction))
    line = {name: transaction[name] for name in ("requestId", "transactionId")}
    print(json.dumps({"level": "INFO", "status": "PROCESSED", **line}))
    return {**transaction, "status": "PROCESSED"}
