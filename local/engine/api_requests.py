"""API Gateway's processing of a request before the integration: ID, body, type, limits."""

import json
import threading
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO

from localemu.services.apigateway.next_gen.execute_api.gateway_response import (
    QuotaExceededError,
    RequestTooLargeError,
    ThrottledError,
    UnsupportedMediaTypeError,
)
from localemu.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
from localemu.services.apigateway.next_gen.execute_api.handlers.throttle import TokenBucket
from localemu.services.apigateway.next_gen.execute_api.moto_helpers import (
    get_usage_plan_keys,
    get_usage_plans,
)

from local.engine.patching import Untyped, patch

HANDLERS = "localemu.services.apigateway.next_gen.execute_api.handlers"
MAX_BODY_BYTES = 10 * 1024 * 1024
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""

JSON_TYPE = "application/json"
EVERY_METHOD = "*/*"
"""The stage's settings for all methods; those for single methods are not enforced."""
CODINGS: dict[str, Callable[[bytes], bytes]] = {"identity": bytes, "deflate": zlib.decompress}
"""How to decode a body. The engine itself decodes gzip, and calls the result identity."""

_lock = threading.Lock()
_buckets: dict[tuple[tuple[str, ...], float, int], TokenBucket] = {}
_used: Counter[tuple[str, str, date]] = Counter()


@patch(f"{HANDLERS}.parse:InvocationRequestParser.__call__")
def read_bodies(
    _original: Callable[..., None],
    self: InvocationRequestParser,
    _chain: Untyped,
    context: Untyped,
    _response: Untyped,
) -> None:
    """Respond with 415 to a body that cannot be decoded, and with 413 to a body over 10 MB.

    The engine responds with an empty 200.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
    """
    body = decoded(context.request)
    context.request.stream = BytesIO(body or b"")
    context.account_id = context.deployment.account_id
    context.region = context.deployment.region
    self.parse_and_enrich(context)
    if body is None:
        raise UnsupportedMediaTypeError("Unsupported Media Type")
    if len(body) > MAX_BODY_BYTES:
        raise RequestTooLargeError(f"HTTP content length exceeded {MAX_BODY_BYTES} bytes.")


@patch(f"{HANDLERS}.parse:InvocationRequestParser.create_context_variables")
def let_clients_choose_request_ids(
    original: Callable[[Untyped], Untyped], context: Untyped
) -> Untyped:
    """Take the request ID from the header, as AWS does if a client sends one."""
    variables = original(context)
    chosen = context.request.headers.get("x-amzn-RequestId")
    return {**variables, "requestId": chosen} if chosen else variables


def decoded(request: Untyped) -> bytes | None:
    """Return the body without its Content-Encoding, or None if it is not in that encoding."""
    decode = CODINGS.get((request.content_encoding or "identity").lower())
    try:
        return decode(request.stream.read()) if decode else None
    except (OSError, EOFError, zlib.error):  # broken or truncated
        return None


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


@patch(f"{HANDLERS}.throttle:ThrottleHandler.__call__")
def without_throttle(_original: Callable[..., None], *_arguments: Untyped) -> None:
    """Disable the engine's throttle, which counts all methods together and before the key's."""


@patch(f"{HANDLERS}.api_key_validation:ApiKeyValidationHandler.__call__")
def enforce_limits(
    original: Callable[..., None],
    self: Untyped,
    chain: Untyped,
    context: Untyped,
    response: Untyped,
) -> None:
    """Respond with 429 beyond a key's throttle, the stage's throttle or a key's daily quota.

    In this order; the stage's throttle counts each method by itself:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    """
    original(self, chain, context, response)
    key_id = context.context_variables["identity"].get("apiKeyId")
    plans = _plans(context, key_id) if key_id else []
    stage = (context.stage_configuration.get("methodSettings") or {}).get(EVERY_METHOD)
    method = context.resource["path"], context.invocation_request["http_method"]
    with _lock:
        for plan in plans:
            if throttle := plan.get("throttle"):
                _throttle((plan["id"], key_id), throttle["rateLimit"], throttle["burstLimit"])
        if stage:
            limits = stage["throttlingRateLimit"], stage["throttlingBurstLimit"]
            _throttle((context.api_id, context.stage, *method), *limits)
        for plan in plans:
            if quota := plan.get("quota"):
                _count((plan["id"], key_id, datetime.now(UTC).date()), int(quota["limit"]))


@patch("moto.apigateway.models:APIGatewayBackend.delete_api_key")
def remove_from_usage_plans(original: Callable[..., None], self: Untyped, api_key_id: str) -> None:
    """Remove a deleted key from its usage plans; the engine responds to it with 500, not 403."""
    original(self, api_key_id)
    for keys in self.usage_plan_keys.values():
        keys.pop(api_key_id, None)


def _plans(context: Untyped, key_id: str) -> list[Untyped]:
    account = {"account_id": context.account_id, "region_name": context.region}
    stage = (context.api_id, context.stage)
    return [
        plan
        for plan in get_usage_plans(**account)
        if stage in [(item["apiId"], item["stage"]) for item in plan.get("apiStages", [])]
        and key_id
        in [key["id"] for key in get_usage_plan_keys(usage_plan_id=plan["id"], **account)]
    ]


def _throttle(limited: tuple[str, ...], rate: Untyped, burst: Untyped) -> None:
    limits = float(rate), int(burst)
    if not _buckets.setdefault((limited, *limits), TokenBucket(*limits)).consume():
        raise ThrottledError("Too Many Requests")


def _count(period: tuple[str, str, date], quota: int) -> None:
    if _used[period] >= quota:
        raise QuotaExceededError("Limit Exceeded")
    _used[period] += 1
