"""The notifier with a plain boto3 client."""

import json
import os
from typing import Any

import boto3
from records import message, transaction_of

sns = boto3.client("sns")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Publish one message for a record of the processor; return the message."""
    outcome = transaction_of(event)
    sns.publish(**message(os.environ["SNS_TOPIC_ARN"], outcome))
    line = {name: outcome[name] for name in ("requestId", "transactionId")}
    print(json.dumps({"level": "INFO", "status": outcome["status"], **line}))
    return outcome
