"""The engine's journal as its clients read it: entries, and the timeline of each request.

`local/engine/journal_events.py` writes the entries; docs/local.md describes them.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests

from ops.stack import Connection, http_session

PATH = "/_local/journal"
SILENCE_SECONDS = 30
"""The engine writes each second."""

MOST_TIMELINES = 1_000

type Entry = dict[str, Any]


def read(endpoint_url: str, after: int = 0) -> list[Entry]:
    """Return the entries after a sequence number, oldest first."""
    found = _http(endpoint_url).get(
        endpoint_url + PATH, params={"after": after}, timeout=SILENCE_SECONDS
    )
    found.raise_for_status()
    entries: list[Entry] = found.json()
    return entries


def last(endpoint_url: str, after: int = 0) -> int:
    """Return the last sequence number after another one, or that one if there is none."""
    entries = read(endpoint_url, after)
    return entries[-1]["sequence"] if entries else after


def follow(endpoint_url: str, after: int = 0) -> Iterator[Entry]:
    """Yield the entries after a sequence number as they are written, until the engine stops."""
    with suppress(requests.RequestException):
        while True:
            with _http(endpoint_url).get(
                endpoint_url + PATH,
                params={"after": after},
                headers={"Accept": "text/event-stream"},
                stream=True,
                timeout=SILENCE_SECONDS,
            ) as stream:
                stream.raise_for_status()
                for entry in _sent(stream):
                    after = entry["sequence"]
                    yield entry


def _sent(stream: requests.Response) -> Iterator[Entry]:
    with suppress(requests.RequestException):  # for example, this machine slept
        for line in stream.iter_lines():
            name, _, data = line.partition(b": ")
            if name == b"data":
                yield json.loads(data)


def _http(endpoint_url: str) -> requests.Session:
    return http_session(Connection(endpoint_url=endpoint_url))


@dataclass
class Attempt:
    """One run of a function for an event; times are in ms since the epoch."""

    number: int
    started_at: float
    cold: bool
    init_milliseconds: float | None
    calls: list[Entry] = field(default_factory=list)
    result: str = ""
    milliseconds: float | None = None
    ended_at: float | None = None
    error_type: str = ""
    error_message: str = ""
    stack_trace: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """True if the attempt ended with an error or a timeout."""
        return self.result not in {"", "success"}


@dataclass
class Invocation:
    """An event for a function, with all its attempts."""

    function: str
    invocation_id: str
    queued_at: float | None = None
    attempts: list[Attempt] = field(default_factory=list)
    retry_at: float | None = None
    status: str = ""
    reason: str = ""
    exhausted: bool = False

    @property
    def ended(self) -> bool:
        """True if Lambda does not run the event again."""
        return self.exhausted or any(one.result == "success" for one in self.attempts)

    def add(self, entry: Entry) -> None:
        """Add what an entry says."""
        match entry["event"]:
            case "queued":
                self.queued_at = entry["time"]
            case "started":
                init = entry.get("initMilliseconds")
                started = Attempt(entry["attempt"], entry["time"], entry["cold"], init)
                self.attempts.append(started)
            case "call" if self.attempts:
                self.attempts[-1].calls.append(entry)
            case "ended" if self.attempts:
                self._end(self.attempts[-1], entry)
            case "retried":
                self.retry_at = entry["time"] + entry["seconds"] * 1_000
            case "exhausted":
                self.exhausted = True

    def _end(self, attempt: Attempt, entry: Entry) -> None:
        attempt.result, attempt.ended_at = entry["result"], entry["time"]
        attempt.milliseconds = entry["milliseconds"]
        attempt.error_type, attempt.error_message = entry["errorType"], entry["errorMessage"]
        attempt.stack_trace = entry["stackTrace"]
        self.status, self.reason = entry["status"], entry["reason"]


@dataclass
class Timeline:
    """What happened to a request: its acceptance, and its invocations in order."""

    request_id: str
    transaction_id: str = ""
    accepted_at: float | None = None
    response_milliseconds: float | None = None
    invocations: dict[str, Invocation] = field(default_factory=dict)

    def of(self, function: str) -> Invocation | None:
        """Return the last invocation of a function; a redrive makes a second one."""
        found = [one for one in self.invocations.values() if one.function == function]
        return found[-1] if found else None

    def add(self, entry: Entry) -> None:
        """Add what an entry says."""
        if entry["event"] == "accepted":
            self.transaction_id = entry["transactionId"]
            self.accepted_at = entry["time"]
            self.response_milliseconds = entry["milliseconds"]
            return
        fresh = Invocation(entry["function"], entry["invocationId"])
        self.invocations.setdefault(entry["invocationId"], fresh).add(entry)


class Timelines:
    """The timelines of the last requests."""

    def __init__(self, most: int = MOST_TIMELINES) -> None:
        self._most = most
        self._by_request: dict[str, Timeline] = {}

    def __iter__(self) -> Iterator[Timeline]:
        return iter(list(self._by_request.values()))

    def get(self, request_id: str) -> Timeline | None:
        """Return the timeline of a request."""
        return self._by_request.get(request_id)

    def add(self, entry: Entry) -> Timeline | None:
        """Add an entry and return its timeline; None if it belongs to no request."""
        request_id = entry["requestId"]
        if not request_id:
            return None
        timeline = self._by_request.setdefault(request_id, Timeline(request_id))
        if len(self._by_request) > self._most:
            del self._by_request[next(iter(self._by_request))]
        timeline.add(entry)
        return timeline
