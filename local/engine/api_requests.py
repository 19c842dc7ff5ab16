"""API Gateway's processing of a request before the integration."""

import json
from collections.abc import Callable

from localemu.services.apigateway.next_gen.execute_api.gateway_response import RequestTooLargeError
from localemu.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser

from local.engine.patching import Untyped, patch

HANDLERS = "localemu.services.apigateway.next_gen.execute_api.handlers"
MAX_BODY_BYTES = 10 * 1024 * 1024
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""

JSON_TYPE = "application/json"


@patch(f"{HANDLERS}.parse:InvocationRequestParser.__call__")
def reject_large_bodies(
    _original: Callable[..., None],
    self: InvocationRequestParser,
    _chain: Untyped,
    context: Untyped,
    _response: Untyped,
) -> None:
    """Respond with 413 to a body over 10 MB; the engine responds with an empty 200."""
    context.account_id = context.deployment.account_id
    context.region = context.deployment.region
    self.parse_and_enrich(context)
    if len(context.invocation_request["body"]) > MAX_BODY_BYTES:
        raise RequestTooLargeError(f"HTTP content length exceeded {MAX_BODY_BYTES} bytes.")


@patch(f"{HANDLERS}.method_request:MethodRequestHandler._is_body_valid")
def validate_bodies(
    original: Callable[..., bool], method: Untyped, rest_api: Untyped, request: Untyped
) -> bool:
    """Validate only JSON bodies, and reject NaN, Infinity and numbers that overflow.

    https://www.rfc-editor.org/rfc/rfc8259#section-8.1
    """
    if media_type(request) not in (method.get("requestModels") or {JSON_TYPE}):
        return True
    try:
        text = (request["body"] or b"{}").decode()  # UTF-8 without a byte order mark
        json.dumps(json.loads(text), allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return original(method, rest_api, request)


@patch(f"{HANDLERS}.integration_request:IntegrationRequestHandler.get_request_template")
def ignore_media_type_parameters(
    original: Callable[..., str], integration: Untyped, request: Untyped
) -> str:
    """Treat `application/json; charset=utf-8` as application/json."""
    headers = {"Content-Type": media_type(request)}
    return original(integration=integration, request={**request, "headers": headers})


def media_type(request: Untyped) -> str:
    """Return the request's type without parameters; API Gateway defaults to JSON."""
    content_type: str = request["headers"].get("Content-Type", JSON_TYPE)
    return content_type.partition(";")[0].strip().lower()
