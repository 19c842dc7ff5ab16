"""The gateway's error responses, all in one JSON shape."""

from typing import Any

from contract import PROVENANCE
from template.api_models import PATH, RECORD_PATH, REQUEST_IN_WORDS, REQUEST_PATH

# A client can choose the request ID with a header. It is made well-formed everywhere alike.
REQUEST_ID = (
    f"#set($requestId = $context.requestId.replaceAll('[^{PROVENANCE['requestId'].characters}]', "
    f"'-').replaceAll('(?<=^.{{{PROVENANCE['requestId'].schema['maxLength']}}}).+', '')"
    ".replaceAll('^$', '-'))\n"
)

NOT_FOUND = f"Not found. Use POST {PATH}, GET {RECORD_PATH} or GET {REQUEST_PATH}"
UNSUPPORTED_TYPE = (
    "The Content-Type must be application/json, "
    "and the body must be in its Content-Encoding: gzip, deflate or identity"
)

RETRY_AFTER = {
    "description": "Seconds to wait before a retry",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
"""The header of a response that a retry can fix."""


# AWS reports a path or method that does not exist as a missing token.
REFUSALS = {
    "DEFAULT_4XX": (None, "The request is invalid"),
    "DEFAULT_5XX": (None, "The request failed; try again"),
    "BAD_REQUEST_BODY": (400, REQUEST_IN_WORDS),
    "INVALID_API_KEY": (403, "The x-api-key header is missing or invalid"),
    "MISSING_AUTHENTICATION_TOKEN": (404, NOT_FOUND),
    "RESOURCE_NOT_FOUND": (404, NOT_FOUND),
    "REQUEST_TOO_LARGE": (413, "The body is larger than 10 MB"),
    "UNSUPPORTED_MEDIA_TYPE": (415, UNSUPPORTED_TYPE),
    "THROTTLED": (429, "Too many requests; try again"),
    "QUOTA_EXCEEDED": (429, "The daily quota is exceeded; retry tomorrow"),
    "INTEGRATION_FAILURE": (504, "The request was not processed; try again"),
    "INTEGRATION_TIMEOUT": (504, "The request may not have been processed; try again"),
}
RETRY_SECONDS = {"THROTTLED": 1, "QUOTA_EXCEEDED": 3_600}


def gateway_responses() -> dict[str, Any]:
    """Return the gateway responses, all in one JSON shape.

    Texts are fixed: the templates do not support VTL, and validation errors contain raw quotes.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    responses = {}
    for kind, (status, message) in REFUSALS.items():
        response: dict[str, Any] = {
            "responseTemplates": {"application/json": _body(message, "$context.requestId")}
        }
        if status:
            response["statusCode"] = str(status)
        if seconds := RETRY_SECONDS.get(kind):
            header = "gatewayresponse.header.Retry-After"
            response["responseParameters"] = {header: f"'{seconds}'"}
        responses[kind] = response
    return responses


def error_body(message: str) -> str:
    """Return the mapping template of an error response."""
    return REQUEST_ID + _body(message, "$requestId")


def _body(message: str, request_id: str) -> str:
    return f'{{"message": "{message}", "requestId": "{request_id}"}}'
