"""The notifier with a plain boto3 client."""

import json
import os
from typing import Any

import boto3

import contract
from logs import log

sns = boto3.client("sns")


def publish(event: dict[str, Any]) -> dict[str, Any]:
    """Publish one message for a record of the processor; return the message."""
    outcome = contract.outcome_in(contract.destination_record(event))
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


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Publish one message for a record of the processor; return the message."""
    outcome = publish(event)
    log(outcome["status"], outcome)
    return outcome
