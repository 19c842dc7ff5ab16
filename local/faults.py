"""The faults of a running engine: `local/engine/faults.py` injects them."""

from collections.abc import Mapping
from typing import Any

from ops.stack import Stack, StackUnavailable, http_session

PATH = "/_local/faults"
SECONDS = 10


def active_faults(stack: Stack) -> list[dict[str, Any]]:
    """Return the faults of the engine, with their IDs and remaining calls."""
    found: list[dict[str, Any]] = _call(stack, "GET").json()
    return found


def add_fault(stack: Stack, fault: Mapping[str, Any]) -> None:
    """Add a fault."""
    _call(stack, "POST", json=fault)


def remove_fault(stack: Stack, number: int | None = None) -> None:
    """Remove a fault, or all of them."""
    _call(stack, "DELETE", params={} if number is None else {"id": number})


def _call(stack: Stack, method: str, **options: Any) -> Any:
    if not stack.connection:
        raise StackUnavailable("Faults can be injected on the local AWS alone.")
    url = stack.connection["endpoint_url"] + PATH
    response = http_session(stack.connection).request(method, url, timeout=SECONDS, **options)
    response.raise_for_status()
    return response
