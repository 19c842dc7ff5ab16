"""The processor with plain boto3 clients, once for each transactionId by Powertools Idempotency.

https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
"""

import os

import processor_boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)

import contract

content = ", ".join(name for name in contract.FIELDS if name != "transactionId")
lambda_handler = idempotent(
    processor_boto3.lambda_handler,
    persistence_store=DynamoDBPersistenceLayer(
        table_name=f"{os.environ['DYNAMODB_TABLE']}-idempotency",
        boto3_client=processor_boto3.dynamodb,
    ),
    config=IdempotencyConfig(
        event_key_jmespath="responsePayload.transactionId",
        payload_validation_jmespath=f"responsePayload.[{content}]",
        raise_on_no_idempotency_key=True,
    ),
)
