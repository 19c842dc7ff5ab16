"""The notifier with plain boto3 clients."""

import json
import os
import time
from typing import Any

import boto3

import contract
import destination
from logs import log

dynamodb = boto3.client("dynamodb")
sns = boto3.client("sns")


def store_and_publish(event: dict[str, Any]) -> dict[str, Any]:
    """Store the outcome in a record of the processor, publish one message; return the message.

    An outcome that is there already is an error here: the benchmarks measure new transactions.
    """
    outcome = destination.outcome_in(destination.record_of(event))
    days = int(os.environ["OUTCOME_RETENTION_DAYS"])
    dynamodb.put_item(
        TableName=os.environ["OUTCOMES_TABLE"],
        Item=contract.outcome_item(outcome, expires_at=int(time.time()) + days * 86_400),
        ConditionExpression=(
            "attribute_not_exists(requestId) OR (apiKeyId = :own AND #status = :failed)"
        ),
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={
            ":own": {"S": outcome.get("apiKeyId", "")},
            ":failed": {"S": "FAILED"},
        },
    )
    sns.publish(
        TopicArn=os.environ["SNS_TOPIC_ARN"],
        Subject=f"Transaction {outcome['status']}",
        Message=json.dumps(outcome),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": outcome[name]}
            for name in contract.MESSAGE_ATTRIBUTES
            if name in outcome
        },
    )
    return outcome


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Store and publish the outcome in a record of the processor; return the message."""
    outcome = store_and_publish(event)
    log(outcome["status"], outcome)
    return outcome
