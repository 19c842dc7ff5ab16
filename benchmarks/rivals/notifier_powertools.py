"""The notifier with Powertools: Logger, Tracer, Metrics."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from records import message, transaction_of

logger = Logger()
tracer = Tracer()
metrics = Metrics()
sns = boto3.client("sns")


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Publish one message for a record of the processor; return the message."""
    outcome = transaction_of(event)
    sns.publish(**message(os.environ["SNS_TOPIC_ARN"], outcome))
    metrics.add_metric(name="Notified", unit=MetricUnit.Count, value=1)
    logger.info(outcome["status"], extra={"transactionId": outcome["transactionId"]})
    return outcome
