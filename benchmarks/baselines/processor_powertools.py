"""The processor with all of Powertools: Idempotency, Logger, Tracer, Metrics."""

from typing import Any

import processor_idempotency
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

import contract

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Record the transaction of the validator's record; return it with its status."""
    outcome: dict[str, Any] = processor_idempotency.lambda_handler(event, context)
    metrics.add_metric(name="Processed", unit=MetricUnit.Count, value=1)
    logger.info("PROCESSED", extra={name: outcome[name] for name in contract.LOGGED})
    return outcome
