"""The validator with Powertools: Logger, Tracer, Metrics, Parser.

https://docs.powertools.aws.dev/lambda/python/latest/
"""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser
from aws_lambda_powertools.utilities.typing import LambdaContext
from validator_pydantic import GatewayEvent, accepted

import contract

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
@event_parser(model=GatewayEvent)
def lambda_handler(event: BaseModel, context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Return the validated transaction of a gateway event, or raise ValidationError."""
    result = accepted(event)
    metrics.add_metric(name="Validated", unit=MetricUnit.Count, value=1)
    logger.info("VALIDATED", extra={name: result[name] for name in contract.LOGGED})
    return result
