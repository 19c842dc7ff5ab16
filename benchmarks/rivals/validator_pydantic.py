"""The validator with pydantic and nothing else."""

import json
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_rules import Transaction


class GatewayEvent(BaseModel):
    """What the gateway's mapping template writes."""

    requestId: str
    receivedAt: int
    apiKeyId: str
    transaction: Transaction


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Return the validated transaction of a gateway event, or raise ValidationError."""
    try:
        accepted = GatewayEvent.model_validate(event)
    except ValidationError as error:
        print(json.dumps({"level": "INFO", "status": "REJECTED", "reason": str(error)}))
        raise
    transaction = accepted.transaction
    line = {"status": "VALIDATED", "transactionId": transaction.transactionId}
    print(json.dumps({"level": "INFO", **line, "requestId": accepted.requestId}))
    return {
        "transactionId": transaction.transactionId,
        "timestamp": accepted.receivedAt,
        "amount": transaction.text,
        "currency": transaction.currency,
        "source": transaction.source,
        "requestId": accepted.requestId,
        "apiKeyId": accepted.apiKeyId,
    }
