"""Enforcement of usage plans: throttle and daily quota.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

from localemu.services.apigateway.next_gen.execute_api.gateway_response import (
    QuotaExceededError,
    ThrottledError,
)
from localemu.services.apigateway.next_gen.execute_api.handlers.throttle import TokenBucket
from localemu.services.apigateway.next_gen.execute_api.moto_helpers import (
    get_usage_plan_keys,
    get_usage_plans,
)

from local.engine.patching import Untyped, patch

HANDLERS = "localemu.services.apigateway.next_gen.execute_api.handlers"

_lock = threading.Lock()
_buckets: dict[tuple[str, str, float, int], TokenBucket] = {}
_used: Counter[tuple[str, str, date]] = Counter()


@patch(f"{HANDLERS}.api_key_validation:ApiKeyValidationHandler.__call__")
def enforce_usage_plans(
    original: Callable[..., None],
    self: Untyped,
    chain: Untyped,
    context: Untyped,
    response: Untyped,
) -> None:
    """Respond with 429 if a key exceeds its plan's throttle or quota."""
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
