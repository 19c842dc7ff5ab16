"""How the gateway refuses: every answer that is no success, in one JSON shape."""

from http import HTTPStatus
from typing import Any

from template.api_models import PATH, RECORD_PATH, REQUEST_IN_WORDS

NOTHING_ELSE = f"Not found. Use POST {PATH} or GET {RECORD_PATH}"

RETRY_AFTER = {
    "description": "Seconds after which to try again",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
"""The header of a refusal that time heals."""


def gateway_responses() -> dict[str, Any]:
    """Give every refusal of the gateway one JSON shape.

    Their templates know no VTL, and validation errors carry raw quotes: fixed texts only.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    return {
        "DEFAULT_4XX": _refusal(None, "The request cannot be served"),
        "DEFAULT_5XX": _refusal(None, "The request failed; try again"),
        "BAD_REQUEST_BODY": _refusal(HTTPStatus.BAD_REQUEST, REQUEST_IN_WORDS),
        "INVALID_API_KEY": _refusal(
            HTTPStatus.FORBIDDEN, "The header x-api-key is missing or holds no valid key"
        ),
        # What AWS calls a missing token is a path or method that does not exist.
        "MISSING_AUTHENTICATION_TOKEN": _refusal(HTTPStatus.NOT_FOUND, NOTHING_ELSE),
        "RESOURCE_NOT_FOUND": _refusal(HTTPStatus.NOT_FOUND, NOTHING_ELSE),
        "REQUEST_TOO_LARGE": _refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than 10 MB"
        ),
        "UNSUPPORTED_MEDIA_TYPE": _refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The Content-Type must be application/json"
        ),
        "THROTTLED": _refusal(
            HTTPStatus.TOO_MANY_REQUESTS, "Too many requests; try again", retry_after=1
        ),
        "QUOTA_EXCEEDED": _refusal(
            HTTPStatus.TOO_MANY_REQUESTS, "The quota of the day is used up", retry_after=3_600
        ),
        "INTEGRATION_FAILURE": _refusal(
            HTTPStatus.GATEWAY_TIMEOUT, "The request was not delivered; try again"
        ),
        "INTEGRATION_TIMEOUT": _refusal(
            HTTPStatus.GATEWAY_TIMEOUT, "The request may not have been delivered; try again"
        ),
    }


def refusal_body(message: str) -> str:
    """Write the body of a refusal, for templates of every kind."""
    return f'{{"message": "{message}", "requestId": "$context.requestId"}}'


def _refusal(
    status: HTTPStatus | None, message: str, *, retry_after: int | None = None
) -> dict[str, Any]:
    response: dict[str, Any] = {"responseTemplates": {"application/json": refusal_body(message)}}
    if status is not None:
        response["statusCode"] = str(status.value)
    if retry_after is not None:
        header = "gatewayresponse.header.Retry-After"
        response["responseParameters"] = {header: f"'{retry_after}'"}
    return response
