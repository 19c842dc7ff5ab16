"""What IAM sees of a request (with roles enforced)."""

from collections.abc import Callable

from local.engine.patching import Patch, Untyped


def count_loopback_as_tls(
    original: Callable[[Untyped, Untyped], dict[str, str]],
) -> Callable[[Untyped, Untyped], dict[str, str]]:
    """Count loopback as TLS, so that policies that deny plain HTTP keep their meaning."""

    def build_conditions(context: Untyped, caller: Untyped) -> dict[str, str]:
        return {**original(context, caller), "aws:SecureTransport": "true"}

    return build_conditions


PATCHES = (
    Patch("localemu.services.iam_enforcement.enforcer:_build_conditions", count_loopback_as_tls),
)
