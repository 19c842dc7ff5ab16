"""The faults that the form offers, and their reading from what it sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.stack_map import Target

MOST_TIMES = 1_000
LONGEST_SECONDS = 60.0


class InvalidFault(ValueError):
    """The form is wrong; the message names the field."""


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault: what the calls answer."""

    name: str
    title: str
    fields: Mapping[str, Any]


KINDS = {
    kind.name: kind
    for kind in (
        FaultKind("throttle", "throttle", {"code": "ThrottlingException", "status": 400}),
        FaultKind("error", "fail with an internal error", {"code": "InternalError", "status": 500}),
        FaultKind("denial", "deny", {"code": "AccessDeniedException", "status": 403}),
        FaultKind("latency", "delay", {}),
    )
}


def read_fault(form: Mapping[str, str], targets: Sequence[Target]) -> dict[str, Any]:
    """Return the fault that a form describes; raises InvalidFault."""
    target = next((one for one in targets if one.key == form.get("target")), None)
    if target is None:
        raise InvalidFault("Call: must be one of the list")
    kind = KINDS.get(form.get("kind", ""))
    if kind is None:
        raise InvalidFault(f"Fault: must be one of {', '.join(KINDS)}")
    fault = {
        "service": target.service,
        "operation": target.operation,
        "containing": target.resource,
        "message": f"Injected by the console: {kind.title}",
        **kind.fields,
    }
    if kind.name == "latency":
        fault["latency_seconds"] = _number(form, "seconds", "Delay in seconds", LONGEST_SECONDS)
    if form.get("times"):
        fault["times"] = int(_number(form, "times", "Number of calls", MOST_TIMES))
    return fault


def _number(form: Mapping[str, str], field: str, title: str, highest: float) -> float:
    try:
        number = float(form.get(field, ""))
    except ValueError:
        number = 0.0
    if not 0 < number <= highest:
        raise InvalidFault(f"{title}: must be a number above 0, at most {highest:g}")
    return number
