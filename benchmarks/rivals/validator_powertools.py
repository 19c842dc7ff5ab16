"""The validator as Powertools for AWS Lambda shows it: Logger, Tracer, Metrics, Parser.

https://docs.powertools.aws.dev/lambda/python/latest/
"""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic_rules import Transaction

logger = Logger()
tracer = Tracer()
metrics = Metrics()


class GatewayEvent(BaseModel):
    """What the gateway's mapping template writes."""

    requestId: str
    receivedAt: int
    apiKeyId: str
    transaction: Transaction


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
@event_parser(model=GatewayEvent)
def lambda_handler(event: GatewayEvent, context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Return the validated transaction of a gateway event, or raise ValidationError."""
    transaction = event.transaction
    metrics.add_metric(name="Validated", unit=MetricUnit.Count, value=1)
    logger.info(
        "VALIDATED",
        extra={"transactionId": transaction.transactionId, "requestId": event.requestId},
    )
    return {
        "transactionId": transaction.transactionId,
        "timestamp": event.receivedAt,
        "amount": transaction.text,
        "currency": transaction.currency,
        "source": transaction.source,
        "requestId": event.requestId,
        "apiKeyId": event.apiKeyId,
    }
