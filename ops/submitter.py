"""Submits transactions in parallel, but those with the same ID in order."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ops.input_files import Submission
from ops.stack import Stack
from ops.submission import ApiResponse, SubmissionResult, submit

PARALLEL = 4
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.05
WINDOW = 1_000
"""The most submissions that are read but have no response yet."""


@dataclass
class Submitter:
    """The submissions, and their results so far by position unless `keeps_results` is false.

    `rate` is in transactions per second: each one is submitted when it is due, regardless of
    earlier responses, or late if all threads are busy. `on_response` is called with each response,
    in the thread that received it.
    """

    stack: Stack
    submissions: Iterable[Submission]
    parallel: int = PARALLEL
    rate: float = math.inf
    patience: float = PATIENCE_SECONDS
    on_response: Callable[[Submission, ApiResponse], None] = lambda *_: None
    keeps_results: bool = True
    results: dict[int, SubmissionResult] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    start: float = 0.0

    def run(self, settled: Container[str] | None = None) -> None:
        """Submit all; if interrupted, return once the requests in progress have responses.

        The pipeline does not preserve order. With `settled`, which others fill, a submission waits
        until it contains the previous request with the same ID, so that the first one is recorded.
        """
        self.start = time.time()
        queues = _Queues(self, settled)
        # An interrupt can leave a lock of the main thread locked, so it shares none meanwhile.
        submitting = threading.Thread(target=queues.submit_all)
        try:
            submitting.start()
            submitting.join()
        finally:
            self.over.set()
            if submitting.is_alive():
                submitting.join()
        if queues.error:
            raise queues.error

    def due_at(self, place: int) -> float:
        """Return the time at which a submission is due, in seconds since the epoch."""
        return self.start + place / self.rate

    def so_far(self) -> list[SubmissionResult]:
        """Return the results so far, in the order of the submissions."""
        return [result for _, result in sorted(self.results.copy().items())]

    def accepted(self) -> set[str]:
        """Return the IDs of the requests accepted so far."""
        responses = (one.response for one in self.results.copy().values())
        return {one.request_id for one in responses if one.accepted}

    def send(self, place: int, submission: Submission) -> ApiResponse:
        """Submit one transaction."""
        response = submit(self.stack, submission.body)
        if self.keeps_results:
            self.results[place] = SubmissionResult(submission, response)
        self.on_response(submission, response)
        return response


class _Queues:
    """The submissions without a response, one queue for each ID."""

    def __init__(self, submitter: Submitter, settled: Container[str] | None) -> None:
        self.submitter, self.settled = submitter, settled
        self.queues: dict[str | int, deque[tuple[int, Submission]]] = {}
        self.changed = threading.Condition()
        self.waiting = 0
        self.accepted: dict[str | int, str] = {}
        """The last accepted request of each ID, if others wait until it is settled."""
        self.error: BaseException | None = None

    def submit_all(self) -> None:
        """Submit all, until the end, and wait for the responses."""
        submitter = self.submitter
        pool = ThreadPoolExecutor(submitter.parallel)
        try:
            for place, submission in enumerate(submitter.submissions):
                self.wait_for_a_slot()
                if submitter.over.wait(max(0.0, submitter.due_at(place) - time.time())):
                    break
                key = submission.transaction_id or place
                if self.add(key, place, submission):
                    pool.submit(self.send, key)
            self.wait_until_empty()
        except BaseException as error:  # noqa: BLE001 # raised again by run
            self._fail(error)
        finally:
            pool.shutdown(cancel_futures=True)

    def wait_for_a_slot(self) -> None:
        """Wait until one more submission may be read, or until the end."""
        self._wait_until(lambda: self.waiting < WINDOW)

    def wait_until_empty(self) -> None:
        """Wait until each submission has its response, or until the end."""
        self._wait_until(lambda: not self.waiting)

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            while not condition() and not self.submitter.over.is_set():
                self.changed.wait(PAUSE_SECONDS)  # others set `over` without a notification

    def add(self, key: str | int, place: int, submission: Submission) -> bool:
        """Add a submission; return whether its ID has a new queue, which needs a thread."""
        with self.changed:
            self.waiting += 1
            is_new = key not in self.queues
            self.queues.setdefault(key, deque()).append((place, submission))
            return is_new

    def send(self, key: str | int) -> None:
        """Submit the queue of an ID, in order."""
        try:
            while one := self._next(key):
                self._wait(key)
                if self.submitter.over.is_set():
                    return
                response = self.submitter.send(*one)
                if self.settled is not None and response.accepted:
                    self.accepted[key] = response.request_id
                self._done()
        except BaseException as error:  # noqa: BLE001 # raised again by run
            self._fail(error)
            self._done()

    def _next(self, key: str | int) -> tuple[int, Submission] | None:
        with self.changed:
            if queue := self.queues[key]:
                return queue.popleft()
            del self.queues[key]
            return None

    def _fail(self, error: BaseException) -> None:
        self.error = error
        self.submitter.over.set()

    def _done(self) -> None:
        with self.changed:
            self.waiting -= 1
            self.changed.notify()

    def _wait(self, key: str | int) -> None:
        """Wait until the previous request of the ID is settled."""
        deadline = time.monotonic() + self.submitter.patience
        request_id = self.accepted.get(key)
        while request_id and request_id not in (self.settled or ()):
            if time.monotonic() > deadline or self.submitter.over.wait(PAUSE_SECONDS):
                return
