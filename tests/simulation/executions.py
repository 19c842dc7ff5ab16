"""Executions in progress, the faults that strike them, and what Lambda sends about their events."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from greenlet import greenlet

from tests.simulation.aws import Call
from tests.simulation.queues import Event

ATTEMPTS = 3  # Lambda retries twice
FAULTS = {
    "none": "",
    "refused": "refused",
    "throttled": "throttled",
    "lost": "done, but the response is lost",
    "crash": "the process is killed before the call",
    "crash after": "the process is killed after the call",
    "late": "the process is killed, and the call arrives later",
    "outage": "refused, as in each further attempt",
}
KILLS = ("none", "crash", "crash after")
"""Faults of a command of ops."""
HEALING_ROUNDS = 4


class Pruned(Exception):
    """The enumeration has been in this state before."""


@dataclass(frozen=True)
class Limits:
    """How much may go wrong in one simulation.

    `reduced` begins with the processor, and leaves out schedules that only swap independent calls.
    """

    faults: int = 3
    duplicates: int = 1
    redrives: int = 2
    audits: int = 1
    kinds: tuple[str, ...] = tuple(FAULTS)
    reduced: bool = False

    def spend(self, name: str) -> "Limits":
        """Return what is left."""
        return dataclasses.replace(self, **{name: getattr(self, name) - 1})


@dataclass
class Execution:
    """A handler or command in progress, which waits before each of its calls."""

    number: int
    name: str
    coroutine: greenlet
    event: Event | None = None
    version: str = ""
    waiting: tuple[Call, Callable[[], Any]] | None = None
    killed: bool = False
    history: list[Any] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.name}#{self.number}"


def record(event: Event, response: dict[str, Any] | None, condition: str) -> dict[str, Any]:
    """Return the destination record of an event."""
    context = {
        "condition": condition,
        "approximateInvokeCount": event.attempt,
        "functionArn": f"arn:aws:lambda:ap-southeast-1:000000000000:function:{event.stage}:$LATEST",
    }
    made = {"version": "1.0", "requestContext": context, "requestPayload": event.payload}
    return made if response is None else {**made, "responsePayload": response}
