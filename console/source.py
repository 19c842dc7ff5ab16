"""Where the console reads what requests did: the journal of the engine, or logs and metrics."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import requests

from console.activity import Activity, Page, Query, RequestSummary
from console.stack_map import Figures, StageFigures
from console.waterfall import Waterfall, of_timeline
from local.journal import Timeline, read
from ops.evidence import queue_depth
from ops.stack import Stack, StackUnavailable

DEAD = "The local AWS does not respond. Start it with: pipeline up"
DEPTHS_SECONDS = 2.0

type Depths = dict[str, tuple[int, int]]


class Source(Protocol):
    """What the pages read of the requests of a stack."""

    live: bool
    """True if a page can follow each change; otherwise it is read anew now and then."""

    def poll(self) -> bool:
        """Read what is new, and return whether there was something; raises StackUnavailable."""
        ...

    def page(self, query: Query) -> Page:
        """Return a page of the list of requests."""
        ...

    def summary_of(self, request_id: str) -> RequestSummary | None:
        """Return the summary of a request, or None if there is none."""
        ...

    def timeline_of(self, request_id: str, /) -> Timeline | None:
        """Return the timeline of a request, or None if it is not known."""
        ...

    def waterfall_of(self, request_id: str) -> Waterfall:
        """Return the waterfall of a request, as far as its steps are known."""
        ...

    def figures(self) -> Figures:
        """Return the figures of the map."""
        ...

    def expire(self) -> None:
        """Read the depths of the queues anew."""
        ...


class QueueDepths:
    """The depth of each dead-letter queue by stage, read at most every DEPTHS_SECONDS."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._read: Depths = {}
        self._due = 0.0
        self._lock = threading.Lock()

    def get(self) -> Depths:
        """Return the numbers of messages that are available and in flight."""
        with self._lock:
            if time.monotonic() >= self._due:
                _ = self._stack.sqs  # threads may share clients but must not create them
                with ThreadPoolExecutor() as readers:
                    names = [stage.queue_name for stage in self._stack.stages]
                    found = readers.map(lambda name: queue_depth(self._stack, name), names)
                    self._read = dict(zip(names, found, strict=True))
                self._due = time.monotonic() + DEPTHS_SECONDS
            return self._read

    def expire(self) -> None:
        """Read the depths anew when they are asked for next."""
        self._due = 0.0


class JournalSource:
    """The journal of the engine, read into an Activity."""

    live = True

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._activity = Activity(stack.stages)
        self._depths = QueueDepths(stack)
        self._polling = threading.Lock()

    def poll(self) -> bool:
        """Read the entries since the last poll; raises StackUnavailable."""
        with self._polling:
            try:
                entries = read(self._stack.connection["endpoint_url"], self._activity.last)
            except requests.RequestException as error:
                raise StackUnavailable(DEAD) from error
            if entries and entries[0]["sequence"] <= self._activity.last:
                raise StackUnavailable(DEAD)  # another engine is at the same address
            self._activity.add(entries)
        return bool(entries)

    def page(self, query: Query) -> Page:
        """Return a page of the list of requests."""
        return self._activity.page(query)

    def summary_of(self, request_id: str) -> RequestSummary | None:
        """Return the summary of a request, or None if there is none."""
        return self._activity.summary_of(request_id)

    def timeline_of(self, request_id: str, /) -> Timeline | None:
        """Return the timeline of a request."""
        return self._activity.timeline_of(request_id)

    def waterfall_of(self, request_id: str) -> Waterfall:
        """Return the waterfall of a request."""
        timeline = self.timeline_of(request_id)
        if timeline is None:
            return Waterfall([])
        names = {stage.function_name: stage.name for stage in self._stack.stages}
        return of_timeline(timeline, names, time.time() * 1_000)

    def figures(self) -> Figures:
        """Return the figures since the engine started."""
        activity, depths = self._activity, self._depths.get()
        stages = {}
        for stage in self._stack.stages:
            events = activity.stages[stage.function_name]
            dead, in_flight = depths[stage.queue_name]
            stages[stage.function_name] = StageFigures(
                name=stage.name,
                waiting=len(events.waiting),
                retrying=len(events.retrying),
                running=len(events.running),
                succeeded=events.succeeded,
                failed=events.failed,
                dead=dead,
                dead_in_flight=in_flight,
            )
        return Figures(
            stages,
            accepted=activity.accepted,
            client_errors=None,
            calls=activity.calls,
            period="since the engine started",
        )

    def expire(self) -> None:
        """Read the depths of the queues anew."""
        self._depths.expire()
