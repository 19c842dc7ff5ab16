"""What is compared: hostile events for each stage, and workloads for the whole pipeline."""

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ops.transaction import a_body
from tests.handlers.builders import API_KEY_ID, RECEIVED_AT, a_gateway_event
from tests.handlers.events import EVENTS, read_event
from tests.security.hostile_bodies import ACCEPTED, REFUSED
from tests.security.hostile_events import FOR, changed

type Workload = list[dict[str, Any]]

SENT_TWICE = "7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f46"
LONGEST_BODY = 100_000


def events() -> Iterator[tuple[str, Any]]:
    """Yield each event with the stage that it is for."""
    for stage, builders in FOR.items():
        for build in builders:
            yield from ((stage, event) for event in changed(build))
    for name in sorted(one.name for one in EVENTS.glob("*_to_*.json")):
        target = name.removesuffix(".json").rpartition("_to_")[2].partition("_")[0]
        yield target, read_event(name)
    yield from (("validator", a_gateway_event(body)) for body in _bodies())


def _bodies() -> Iterator[Any]:
    """Yield the hostile bodies that are JSON: the gateway passes on no others."""
    for body in (*REFUSED.values(), *(accepted for accepted, _, _ in ACCEPTED.values())):
        if len(body) <= LONGEST_BODY:
            with suppress(ValueError, RecursionError):
                yield json.loads(body.replace("{id}", "a") if isinstance(body, str) else body)


def workloads() -> Iterator[Workload]:
    """Yield requests in order: the recorded ones, and two of each kind after each other."""
    yield [
        _request(f"{number:08}-0000-4000-8000-000000000000", recorded["body"])
        for number, recorded in enumerate(read_event("transactions.json"))
    ]
    kinds = [
        _request(request_id, a_body(amount=amount), key)
        for request_id, amount, key in itertools.product(
            (SENT_TWICE, SENT_TWICE.replace("7", "8")), (1, 2, 1.005), (API_KEY_ID, "another")
        )
    ]
    yield from ([first, second] for first, second in itertools.product(kinds, kinds))


def _request(request_id: str, body: Any, api_key_id: str = API_KEY_ID) -> dict[str, Any]:
    return a_gateway_event(body, requestId=request_id, receivedAt=RECEIVED_AT, apiKeyId=api_key_id)
