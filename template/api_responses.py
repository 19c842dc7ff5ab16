"""The gateway's error responses, all in one JSON shape."""

from http import HTTPStatus
from typing import Any

from template.api_models import PATH, RECORD_PATH, REQUEST_IN_WORDS

NOT_FOUND = f"Not found. Use POST {PATH} or GET {RECORD_PATH}"

RETRY_AFTER = {
    "description": "Seconds to wait before a retry",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
"""The header of a response that a retry can fix."""


def gateway_responses() -> dict[str, Any]:
    """Return the gateway responses, all in one JSON shape.

    Texts are fixed: the templates do not support VTL, and validation errors contain raw quotes.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    return {
        "DEFAULT_4XX": _refusal(None, "The request is invalid; see docs/api.md"),
        "DEFAULT_5XX": _refusal(None, "The request failed; try again"),
        "BAD_REQUEST_BODY": _refusal(HTTPStatus.BAD_REQUEST, REQUEST_IN_WORDS),
        "INVALID_API_KEY": _refusal(
            HTTPStatus.FORBIDDEN, "The x-api-key header is missing or invalid"
        ),
        # AWS reports a path or method that does not exist as a missing token.
        "MISSING_AUTHENTICATION_TOKEN": _refusal(HTTPStatus.NOT_FOUND, NOT_FOUND),
        "RESOURCE_NOT_FOUND": _refusal(HTTPStatus.NOT_FOUND, NOT_FOUND),
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
            HTTPStatus.TOO_MANY_REQUESTS,
            "The daily quota is exceeded; retry tomorrow",
            retry_after=3_600,
        ),
        "INTEGRATION_FAILURE": _refusal(
            HTTPStatus.GATEWAY_TIMEOUT, "The request was not processed; try again"
        ),
        "INTEGRATION_TIMEOUT": _refusal(
            HTTPStatus.GATEWAY_TIMEOUT, "The request may not have been processed; try again"
        ),
    }


def error_body(message: str) -> str:
    """Return the JSON body of an error response, for any kind of template."""
    return f'{{"message": "{message}", "requestId": "$context.requestId"}}'


def _refusal(
    status: HTTPStatus | None, message: str, *, retry_after: int | None = None
) -> dict[str, Any]:
    response: dict[str, Any] = {"responseTemplates": {"application/json": error_body(message)}}
    if status is not None:
        response["statusCode"] = str(status.value)
    if retry_after is not None:
        header = "gatewayresponse.header.Retry-After"
        response["responseParameters"] = {header: f"'{retry_after}'"}
    return response
