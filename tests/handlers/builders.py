"""Builders of all that travels between the stages: the contract's examples and a test's changes."""

from typing import Any

from contract import PROVENANCE
from ops.transaction import a_body

EXAMPLES: dict[str, Any] = {name: field.example for name, field in PROVENANCE.items()}
REQUEST_ID: str = EXAMPLES["requestId"]
RECEIVED_AT: int = EXAMPLES["timestamp"]
API_KEY_ID: str = EXAMPLES["apiKeyId"]

EXECUTIONS = {
    "validator": ("c1a5e0f7-52d3-4b7e-8c9a-6d1f2e3b4a50", "2026-01-01T00:00:00.500Z"),
    "processor": ("2b8d6f14-9e07-4c35-a1b2-8f7e6d5c4b3a", "2026-01-01T00:00:01.250Z"),
}


def a_body_without(name: str) -> dict[str, Any]:
    """Return what a client POSTs, without one field."""
    return {other: value for other, value in a_body().items() if other != name}


def a_gateway_event(transaction: object = None, **changes: Any) -> dict[str, Any]:
    """Return what the gateway's mapping template sends to the validator."""
    return {
        "requestId": REQUEST_ID,
        "receivedAt": RECEIVED_AT,
        "apiKeyId": API_KEY_ID,
        "transaction": a_body() if transaction is None else transaction,
    } | changes


def a_transaction(**changes: Any) -> dict[str, Any]:
    """Return what the validator returns."""
    return {**a_body(amount="100.50"), **EXAMPLES} | changes


def a_rejection(reason: str, **changes: Any) -> dict[str, Any]:
    """Return what the validator returns for a transaction that it rejects; None omits a field."""
    known = {**a_body(amount="100.5"), **EXAMPLES} | changes
    return {
        "status": "REJECTED",
        "reason": reason,
        **{name: value for name, value in known.items() if value is not None},
    }


def an_outcome(status: str = "PROCESSED", **changes: Any) -> dict[str, Any]:
    """Return what the processor returns."""
    return a_transaction(**changes) | {"status": status}


def a_log_line(status: str, **more: str) -> dict[str, Any]:
    """Return the line that a stage logs about the transaction."""
    names = {"requestId": REQUEST_ID, "transactionId": a_body()["transactionId"]}
    return {"level": "INFO", "status": status, **names, **more}


def a_record(
    function: str,
    request: object,
    response: object,
    *,
    condition: str = "Success",
    invocations: int = 1,
) -> dict[str, Any]:
    """Return the destination record of an asynchronous invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    request_id, timestamp = EXECUTIONS[function]
    outcome = {"statusCode": 200, "executedVersion": "$LATEST"}
    if condition != "Success":
        outcome["functionError"] = "Unhandled"
    return {
        "version": "1.0",
        "timestamp": timestamp,
        "requestContext": {
            "requestId": request_id,
            "functionArn": (
                f"arn:aws:lambda:ap-southeast-1:000000000000:function:{function}-dev:$LATEST"
            ),
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        "requestPayload": request,
        "responseContext": outcome,
        "responsePayload": response,
    }


def a_validated_record(**changes: Any) -> dict[str, Any]:
    """Return the event of the processor."""
    return a_record("validator", a_gateway_event(), a_transaction(**changes))


def a_processed_record(**changes: Any) -> dict[str, Any]:
    """Return the event of the notifier after a success of the processor."""
    return a_record("processor", a_validated_record(), an_outcome(**changes))


def an_error(function: str, error: Exception, *, stack: list[str] | None = None) -> dict[str, Any]:
    """Return the response of a function that raised, as Lambda's Python runtime writes it."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": EXECUTIONS[function][0],
        "stackTrace": stack or [],
    }
