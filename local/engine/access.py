"""IAM enforcement of requests, and of Lambda's calls in a function's role."""

from collections.abc import Callable
from typing import Any

from local.engine.patching import Patch, Untyped

ENFORCER = "localemu.services.iam_enforcement.enforcer"
SESSION_KEYS = ("ASIA", "LSIA")
"""Prefixes of the access keys of assumed roles."""


def count_loopback_as_tls(
    original: Callable[[Untyped, Untyped], dict[str, str]],
) -> Callable[[Untyped, Untyped], dict[str, str]]:
    """Treat loopback as TLS, so that policies that deny plain HTTP apply as on AWS."""

    def build_conditions(context: Untyped, caller: Untyped) -> dict[str, str]:
        return {**original(context, caller), "aws:SecureTransport": "true"}

    return build_conditions


def hold_services_to_roles(original: Callable[..., bool]) -> Callable[..., bool]:
    """Check Lambda's logs, dead-letter messages and destinations against the function's role.

    The engine creates a log group before each new stream; on AWS the group must already exist.
    """

    def is_internal_call(context: Untyped, access_key: str | None) -> bool:
        in_a_role = bool(access_key and access_key.startswith(SESSION_KEYS))
        if in_a_role and context.operation.name != "CreateLogGroup":
            return False
        return original(context, access_key)

    return is_internal_call


def name_log_streams(original: Callable[..., str]) -> Callable[..., str]:
    """Return the ARN of the log stream, which a log group's ARN (`…:*`) matches."""

    def build_resource_arn(**request: Any) -> str:
        arn = original(**request)
        stream = (request["request_params"] or {}).get("logStreamName")
        return f"{arn}:log-stream:{stream}" if request["service"] == "logs" and stream else arn

    return build_resource_arn


PATCHES = (
    Patch(f"{ENFORCER}:_build_conditions", count_loopback_as_tls),
    Patch(f"{ENFORCER}:IAMEnforcementHandler._is_internal_call", hold_services_to_roles),
    Patch(f"{ENFORCER}:build_resource_arn", name_log_streams),
)
