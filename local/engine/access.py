"""What IAM sees of a request (with roles enforced)."""

from collections.abc import Callable
from typing import Any

from local.engine.patching import Patch


def count_loopback_as_tls(
    original: Callable[[Any, Any], dict[str, str]],
) -> Callable[[Any, Any], dict[str, str]]:
    """Policies that deny plain HTTP keep their meaning: nothing here leaves the machine."""

    def build_conditions(context: Any, caller: Any) -> dict[str, str]:
        return {**original(context, caller), "aws:SecureTransport": "true"}

    return build_conditions


PATCHES = (
    Patch("localemu.services.iam_enforcement.enforcer:_build_conditions", count_loopback_as_tls),
)
