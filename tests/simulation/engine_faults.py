"""The faults of a simulation, as the local engine's fault injection takes them."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from tests.simulation.aws import KEYS, REFUSED, THROTTLED, Call
from tests.simulation.clients import METHODS

SERVICES = {"put_object": "s3", "head_object": "s3", "put_item": "dynamodb", "publish": "sns"}
LATER_THAN_THE_TIMEOUT = 6.0
"""Seconds: the clients of the handlers wait for 5."""
TRIES = 3  # of botocore, and of Lambda
INJECTED = {"none", "refused", "throttled", "outage", "lost", "late"}


class Struck(NamedTuple):
    """A call of a handler, and the fault that struck it."""

    call: Call
    request_id: str
    fault: str


def engine_faults(struck: Iterable[Struck], prefix: str, form: str) -> list[dict[str, Any]]:
    """Return the faults in the order of each resource's calls; those without a fault pass.

    `prefix` begins every ID. A stub does not retry, so a throttled call of a stub takes three.
    """
    made: list[dict[str, Any]] = []
    ordered = sorted(
        (one for one in struck if one.fault in INJECTED), key=lambda one: _target(one, prefix)
    )
    for target, calls in groupby(ordered, key=lambda one: _target(one, prefix)):
        faults = [_fault(one, form) for one in calls]
        while faults and not faults[-1].keys() - {"times"}:
            faults.pop()
        service, operation, containing = target
        where = {"service": service, "operation": operation, "containing": containing}
        made += [{**where, **fault} for fault in faults]
    return made


def _target(struck: Struck, prefix: str) -> tuple[str, str, str]:
    operation, given = struck.call.operation, struck.call.parameters
    method = next(name for name, one in METHODS.items() if one == operation)
    match operation:
        case "PutItem":
            (key, *_) = KEYS[given["TableName"]]
            containing = f'"Item": {{"{key}": {{"S": "{prefix}{given["Item"][key]["S"]}"'
        case "Publish":
            containing = f"{prefix}{struck.request_id}"
        case _:
            containing = f"{prefix}{struck.call.subject}.json"
    return SERVICES[method], operation, containing


def _fault(struck: Struck, form: str) -> dict[str, Any]:
    operation = struck.call.operation
    match struck.fault:
        case "refused" | "outage":
            reply, times = REFUSED[operation], TRIES if struck.fault == "outage" else 1
        case "throttled":
            reply, times = THROTTLED[operation], TRIES if form == "stub" else 1
        case "none":
            return {"times": 1}
        case _:
            return {"latency_seconds": LATER_THAN_THE_TIMEOUT, "times": 1}
    return {"code": reply.code, "status": reply.status, "times": times}
