"""The journal: what happened to each request, in memory, oldest entries dropped first.

GET    /_local/journal   list the entries after the sequence number `after` (default 0: all); with
                         `Accept: text/event-stream`, send these and all later ones as events
DELETE /_local/journal   clear the journal

The environment variable LOCAL_JOURNAL is the number of entries to keep; 0 switches the journal off.
"""

import itertools
import json
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from http import HTTPStatus

from localemu.http import Request, Resource, Response
from localemu.runtime.events import infra_stopping
from localemu.services.internal import get_internal_apis

from local.engine.patching import Untyped

PATH = "/_local/journal"
EVENTS = "text/event-stream"
DEFAULT_ENTRIES = 20_000
HEARTBEAT_SECONDS = 1.0
"""By writing, the engine notices that a client has left; until then its stream needs a thread."""

GATHERING_SECONDS = 0.05
"""Pause after each batch, so that a client under load costs few wake-ups."""


class Journal:
    """The last `size` entries, with consecutive sequence numbers."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._entries: deque[dict[str, Untyped]] = deque(maxlen=size)
        self._changed = threading.Condition()
        self._last = 0

    def record(self, event: str, request_id: str, **facts: Untyped) -> None:
        """Append an entry."""
        if not self.size:
            return
        with self._changed:
            self._last += 1
            self._entries.append(
                {
                    "sequence": self._last,
                    "time": round(time.time() * 1_000, 3),
                    "event": event,
                    "requestId": request_id,
                    **facts,
                }
            )
            self._changed.notify_all()

    def after(self, sequence: int) -> list[dict[str, Untyped]]:
        """Return the entries after a sequence number; all, if it is one of an earlier engine."""
        with self._changed:
            count = self._last - sequence if sequence <= self._last else self._last
            newest = list(itertools.islice(reversed(self._entries), count))
        return newest[::-1]

    def wait(self, sequence: int, seconds: float) -> list[dict[str, Untyped]]:
        """Wait for entries after a sequence number, and return them."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._entries and self._entries[-1]["sequence"] != sequence, seconds
            )
        return self.after(sequence)

    def clear(self) -> None:
        """Remove all entries."""
        with self._changed:
            self._entries.clear()


JOURNAL = Journal(int(os.environ.get("LOCAL_JOURNAL") or DEFAULT_ENTRIES))


class JournalResource:
    """The journal's endpoint."""

    def on_get(self, request: Request) -> Response:
        """Return entries, or a stream of them."""
        # A browser that reconnects sends the ID of the last event.
        given = request.args.get("after") or request.headers.get("Last-Event-ID") or "0"
        if not given.isdecimal():
            message = "after: must be a sequence number, 0 or more\n"
            return Response(message, status=HTTPStatus.BAD_REQUEST)
        if EVENTS in request.headers.get("Accept", ""):
            headers = {"Content-Type": EVENTS, "Cache-Control": "no-cache"}
            return Response(_stream(int(given)), headers=headers)
        return Response.for_json(JOURNAL.after(int(given)))

    def on_delete(self, _request: Request) -> Response:
        """Clear the journal."""
        JOURNAL.clear()
        return Response(status=HTTPStatus.NO_CONTENT)


def _stream(sequence: int) -> Iterator[bytes]:
    yield b":\n\n"  # the client sees the response start
    entries = JOURNAL.after(sequence)
    while not infra_stopping.is_set():
        lines = [f"id: {one['sequence']}\ndata: {json.dumps(one)}\n\n" for one in entries]
        yield "".join(lines).encode() or b":\n\n"
        if entries:
            sequence = entries[-1]["sequence"]
            infra_stopping.wait(GATHERING_SECONDS)
        entries = JOURNAL.wait(sequence, HEARTBEAT_SECONDS)


def serve() -> None:
    """Register the endpoint."""
    get_internal_apis().add(Resource(PATH, JournalResource()))
