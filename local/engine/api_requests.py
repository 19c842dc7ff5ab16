"""API Gateway's processing of a request before the integration: ID, body, type, usage plan."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

from localemu.services.apigateway.next_gen.execute_api.gateway_response import (
    QuotaExceededError,
    RequestTooLargeError,
    ThrottledError,
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

_lock = threading.Lock()
_buckets: dict[tuple[str, str, float, int], TokenBucket] = {}
_used: Counter[tuple[str, str, date]] = Counter()


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


@patch(f"{HANDLERS}.parse:InvocationRequestParser.create_context_variables")
def let_clients_choose_request_ids(
    original: Callable[[Untyped], Untyped], context: Untyped
) -> Untyped:
    """Take the request ID from the header, as AWS does if a client sends one."""
    variables = original(context)
    chosen = context.request.headers.get("x-amzn-RequestId")
    return {**variables, "requestId": chosen} if chosen else variables


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


@patch(f"{HANDLERS}.api_key_validation:ApiKeyValidationHandler.__call__")
def enforce_usage_plans(
    original: Callable[..., None],
    self: Untyped,
    chain: Untyped,
    context: Untyped,
    response: Untyped,
) -> None:
    """Respond with 429 if a key exceeds its plan's throttle or daily quota.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    """
    original(self, chain, context, response)
    if key_id := context.context_variables["identity"].get("apiKeyId"):
        for plan in _plans(context, key_id):
            _count(plan, key_id)


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


def _count(plan: Untyped, key_id: str) -> None:
    throttle, quota = plan.get("throttle") or {}, plan.get("quota") or {}
    with _lock:
        if throttle:
            limits = float(throttle["rateLimit"]), int(throttle["burstLimit"])
            bucket = _buckets.setdefault((plan["id"], key_id, *limits), TokenBucket(*limits))
            if not bucket.consume():
                raise ThrottledError("Too Many Requests")
        if quota:
            period = plan["id"], key_id, datetime.now(UTC).date()
            if _used[period] >= int(quota["limit"]):
                raise QuotaExceededError("Limit Exceeded")
            _used[period] += 1
