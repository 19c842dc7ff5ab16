"""What travels through the pipeline, with sane defaults: each builder takes what a test changes."""

from typing import Any

from ops.transaction import a_body

REQUEST_ID = "7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f46"
RECEIVED_AT = 1_767_225_600_000  # 2026-01-01T00:00:00Z
API_KEY_ID = "k3y1d00000"

EXECUTIONS = {
    "validator": ("c1a5e0f7-52d3-4b7e-8c9a-6d1f2e3b4a50", "2026-01-01T00:00:00.500Z"),
    "processor": ("2b8d6f14-9e07-4c35-a1b2-8f7e6d5c4b3a", "2026-01-01T00:00:01.250Z"),
}


def a_body_without(name: str) -> dict[str, Any]:
    """Make what a client POSTs, but for one field."""
    return {other: value for other, value in a_body().items() if other != name}


def a_gateway_event(transaction: object = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make what the gateway's mapping template hands to the validator."""
    return {
        "requestId": REQUEST_ID,
        "receivedAt": RECEIVED_AT,
        "apiKeyId": API_KEY_ID,
        "transaction": a_body() if transaction is None else transaction,
    } | changes


def a_transaction(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong types are tested too
    """Make what the validator returns."""
    return {
        **a_body(amount="100.50"),
        "timestamp": RECEIVED_AT,
        "requestId": REQUEST_ID,
        "apiKeyId": API_KEY_ID,
    } | changes


def an_outcome(status: str = "PROCESSED", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make what the processor returns."""
    return a_transaction(**changes) | {"status": status}


def a_record(
    function: str,
    request: object,
    response: object,
    *,
    condition: str = "Success",
    invocations: int = 1,
) -> dict[str, Any]:
    """Make the record that Lambda hands to the destination of an asynchronous invocation.

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


def a_validated_record(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong types too
    """Make what the processor is given."""
    return a_record("validator", a_gateway_event(), a_transaction(**changes))


def a_processed_record(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong types too
    """Make what the notifier is given when the processor succeeded."""
    return a_record("processor", a_validated_record(), an_outcome(**changes))


def an_error(function: str, error: Exception, *, stack: list[str] | None = None) -> dict[str, Any]:
    """Make the response of a function that raised, as Lambda's Python runtime writes it."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": EXECUTIONS[function][0],
        "stackTrace": stack or [],
    }
