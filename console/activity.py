"""What the requests of a stack did, summed up from the entries of the engine's journal."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from local.journal import Entry, Timeline, Timelines
from template.outputs import StageOutputs

KEPT_TIMELINES = 2_000
KEPT_REQUESTS = 200_000
PAGE_SIZE = 50

IN_PROGRESS = "IN_PROGRESS"
RETRYING = "RETRYING"
DEAD_LETTERED = "DEAD_LETTERED"


@dataclass(slots=True)
class RequestSummary:
    """A request in the list; times are in ms since the epoch, `number` orders the requests."""

    number: int
    request_id: str
    transaction_id: str = ""
    status: str = IN_PROGRESS
    reason: str = ""
    accepted_at: float = 0.0
    ended_at: float | None = None

    @property
    def milliseconds(self) -> float | None:
        """Milliseconds until the last stage ended."""
        return None if self.ended_at is None else self.ended_at - self.accepted_at


@dataclass(frozen=True)
class Query:
    """Which requests to list: an ID contains `text`, accepted since a time, before a number."""

    text: str = ""
    status: str = ""
    since: float = 0.0
    before: int | None = None

    def matches(self, one: RequestSummary) -> bool:
        """Return whether a request is to be listed."""
        return (
            (self.before is None or one.number < self.before)
            and one.accepted_at >= self.since
            and self.status in {"", one.status}
            and (self.text in one.transaction_id or self.text in one.request_id)
        )


@dataclass(frozen=True)
class Page:
    """A page of the list, newest first; `older` is the number before which the next one starts."""

    requests: Sequence[RequestSummary]
    older: int | None


@dataclass
class StageActivity:
    """The events of a stage by state, and its executions by result."""

    waiting: set[str] = field(default_factory=set)
    retrying: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    succeeded: int = 0
    failed: int = 0


class Activity:
    """The summaries and timelines of the requests, and the counts of each stage."""

    def __init__(self, stages: Sequence[StageOutputs[str]]) -> None:
        self.stages = {stage.function_name: StageActivity() for stage in stages}
        self.accepted = 0
        self.calls: Counter[tuple[str, str]] = Counter()
        self.last = 0
        self._final = stages[-1].function_name
        self._requests: dict[str, RequestSummary] = {}
        self._timelines = Timelines(KEPT_TIMELINES)
        self._lock = threading.Lock()

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries of the journal, oldest first."""
        with self._lock:
            for entry in entries:
                self.last = entry["sequence"]
                self._count(entry)
                if entry["requestId"]:
                    self._timelines.add(entry)
                    self._summarize(entry)

    def timeline_of(self, request_id: str) -> Timeline | None:
        """Return the timeline of a request, unless it is older than those that are kept."""
        return self._timelines.get(request_id)

    def summary_of(self, request_id: str) -> RequestSummary | None:
        """Return the summary of a request."""
        return self._requests.get(request_id)

    def page(self, query: Query, size: int = PAGE_SIZE) -> Page:
        """Return a page of the requests that match, newest first."""
        with self._lock:
            found = list(islice(self._matching(query), size + 1))
        return Page(found[:size], found[size - 1].number if len(found) > size else None)

    def _matching(self, query: Query) -> Iterator[RequestSummary]:
        return (one for one in reversed(self._requests.values()) if query.matches(one))

    def _count(self, entry: Entry) -> None:
        if entry["event"] == "accepted":
            self.accepted += 1
            return
        stage = self.stages.get(entry["function"])
        if stage is None:
            return
        invocation = entry["invocationId"]
        if entry["event"] == "call":
            # A client error such as a failed condition is a response, but writes nothing.
            self.calls[entry["function"], entry["operation"]] += entry["status"] < 400
            return
        for events in (stage.waiting, stage.retrying, stage.running):
            events.discard(invocation)
        match entry["event"]:
            case "queued":
                stage.waiting.add(invocation)
            case "started":
                stage.running.add(invocation)
            case "ended":
                stage.succeeded += entry["result"] == "success"
                stage.failed += entry["result"] != "success"
            case "retried":
                stage.retrying.add(invocation)

    def _summarize(self, entry: Entry) -> None:
        one = self._requests.get(entry["requestId"])
        if one is None:
            one = RequestSummary(entry["sequence"], entry["requestId"], accepted_at=entry["time"])
            self._requests[one.request_id] = one
            if len(self._requests) > KEPT_REQUESTS:
                del self._requests[next(iter(self._requests))]
        match entry["event"]:
            case "accepted":
                one.transaction_id = entry["transactionId"]
                one.accepted_at = min(one.accepted_at, entry["time"])
            case "ended" if entry["result"] == "success" and entry["function"] == self._final:
                one.status, one.reason = entry["status"], entry["reason"]
                one.ended_at = entry["time"]
            case "retried":
                one.status = RETRYING
            case "exhausted":
                one.status, one.reason = DEAD_LETTERED, entry["errorMessage"]
            case "started" if one.status == RETRYING:
                one.status = IN_PROGRESS
