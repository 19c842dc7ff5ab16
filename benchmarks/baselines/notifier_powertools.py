"""The notifier with Powertools: Logger, Tracer, Metrics."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from notifier_boto3 import store_and_publish

import contract

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Store and publish the outcome in a record of the processor; return the message."""
    outcome = store_and_publish(event)
    metrics.add_metric(name="Notified", unit=MetricUnit.Count, value=1)
    logger.info(outcome["status"], extra={name: outcome[name] for name in contract.LOGGED})
    return outcome
