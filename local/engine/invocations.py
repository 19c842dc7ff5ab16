"""The invocations in progress, whose events the journal records.

An AWS call is a function's if it carries the trace header of a running invocation, which botocore
sends inside Lambda; what the engine calls for itself carries none.
"""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from local.engine.journal import JOURNAL
from local.engine.patching import Untyped
from local.engine.sandbox import SandboxResult

TRACE_HEADER = "X-Amzn-Trace-Id"
LONGEST_TEXT = 1_000
MOST_FRAMES = 20
MOST_QUEUED = 100_000

_parent = re.compile(r"Parent=([^;]*)")
queued: dict[str, "Invocation"] = {}
"""The asynchronous invocations in progress."""

_running: dict[str, "Invocation"] = {}
"""The invocations that run, by the Parent of their trace header."""


@dataclass
class Invocation:
    """One event for a function, the same for all attempts."""

    function: str
    invocation_id: str
    request_id: str
    attempt: int = 1
    span: str = field(default_factory=lambda: f"{random.getrandbits(64):016x}")

    def record(self, event: str, **facts: Untyped) -> None:
        """Append an entry about this invocation."""
        JOURNAL.record(
            event,
            self.request_id,
            function=self.function,
            invocationId=self.invocation_id,
            **facts,
        )

    def traced(self, header: str) -> str:
        """Return the trace header by which the attempt's calls are recognized."""
        if not JOURNAL.size:
            return header
        _running[self.span] = self
        return _parent.sub(f"Parent={self.span}", header)

    def started(self, init_seconds: float | None, *, cold: bool) -> None:
        """Record the start of an attempt."""
        facts: dict[str, Untyped] = {"attempt": self.attempt, "cold": cold}
        if init_seconds is not None:
            facts["initMilliseconds"] = milliseconds_of(init_seconds)
        self.record("started", **facts)

    def ended(self, result: SandboxResult, body: bytes, *, is_error: bool) -> None:
        """Record the end of an attempt."""
        _running.pop(self.span, None)
        if not JOURNAL.size:
            return
        if not is_error:
            queued.pop(self.invocation_id, None)
        kind = "timeout" if result.kind == "timeout" else "error" if is_error else "success"
        found = json_object(body)
        facts = {name: text_in(found, name) for name in ("status", "reason")}
        errors: dict[str, Untyped] = {
            name: text_in(found, name) if is_error else "" for name in ("errorType", "errorMessage")
        }
        trace = found.get("stackTrace") if is_error else None
        frames = trace if isinstance(trace, list) else []
        errors["stackTrace"] = [str(frame)[:LONGEST_TEXT] for frame in frames[-MOST_FRAMES:]]
        milliseconds = milliseconds_of(result.seconds)
        self.record(
            "ended",
            attempt=self.attempt,
            result=kind,
            milliseconds=milliseconds,
            **facts,
            **errors,
        )


def invocation_of(function: str, invocation_id: str, payload: bytes) -> Invocation:
    """Return the queued invocation, or a synchronous one."""
    known = queued.get(invocation_id)
    return known or Invocation(function, invocation_id, request_id_in(payload))


def queue(function: str, invocation_id: str, payload: bytes) -> None:
    """Record that Lambda queues an event."""
    if len(queued) >= MOST_QUEUED:  # most of their functions were deleted
        queued.clear()
    queued[invocation_id] = Invocation(function, invocation_id, request_id_in(payload))
    queued[invocation_id].record("queued", attempt=1)


def caller_of(headers: Mapping[str, str]) -> Invocation | None:
    """Return the running invocation that sends a request with these headers."""
    found = _parent.search(headers.get(TRACE_HEADER, ""))
    return _running.get(found[1]) if found else None


def request_id_in(payload: bytes) -> str:
    """Return the pipeline's request ID in an event, which may be nested in destination records.

    The response in the record of a failure has another one, that of Lambda.
    """
    events: list[Untyped] = [json_object(payload)] if JOURNAL.size else []
    while events:
        event = events.pop()
        if isinstance(event, dict):
            own = event.get("requestId")
            if isinstance(own, str):
                return own
            events += [event.get("responsePayload"), event.get("requestPayload")]
    return ""


def json_object(text: bytes | str | None) -> dict[str, Untyped]:
    """Return the object in a JSON text; an empty one, if there is none."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def text_in(found: dict[str, Untyped], name: str) -> str:
    """Return the start of a text in an object, or nothing."""
    value = found.get(name)
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def milliseconds_of(seconds: float) -> float:
    """Return a duration in ms."""
    return round(seconds * 1_000, 3)
