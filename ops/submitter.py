"""Submits transactions in parallel, but those with the same ID in order."""

import math
import threading
import time
from collections.abc import Callable, Container, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from ops.input_files import Submission
from ops.stack import Stack
from ops.submission import ApiResponse, SubmissionResult, submit

PARALLEL = 4
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.05


@dataclass
class Submitter:
    """The submissions and their responses so far, by position.

    `rate` is in transactions per second: each one is submitted when it is due, regardless of
    earlier responses, or late if all threads are busy. `on_response` is called with each response,
    in the thread that received it.
    """

    stack: Stack
    submissions: Sequence[Submission]
    parallel: int = PARALLEL
    rate: float = math.inf
    patience: float = PATIENCE_SECONDS
    on_response: Callable[[Submission, ApiResponse], None] = lambda *_: None
    responses: dict[int, ApiResponse] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    start: float = 0.0

    def run(self, settled: Container[str] | None = None) -> None:
        """Submit all; if interrupted, return once the requests in progress have responses.

        The pipeline does not preserve order. With `settled`, which others fill, a submission waits
        until it contains the previous request with the same ID, so that the first one is recorded.
        """
        queues: dict[str | int, list[int]] = {}
        for place, submission in enumerate(self.submissions):
            queues.setdefault(submission.transaction_id or place, []).append(place)
        pool = ThreadPoolExecutor(self.parallel)
        self.start = time.time()
        pending: list[Future[None]] = []
        try:
            for queue in queues.values():
                if self.over.wait(max(0.0, self.due_at(queue[0]) - time.time())):
                    break
                pending.append(pool.submit(self._send, queue, settled))
            for done in as_completed(pending):
                done.result()
        finally:
            self.over.set()
            pool.shutdown(cancel_futures=True)

    def due_at(self, place: int) -> float:
        """Return the time at which a submission is due, in seconds since the epoch."""
        return self.start + place / self.rate

    def so_far(self) -> list[SubmissionResult]:
        """Return the results so far, in the order of the submissions."""
        return [
            SubmissionResult(self.submissions[place], response)
            for place, response in sorted(self.responses.items())
        ]

    def accepted(self) -> set[str]:
        """Return the IDs of the requests accepted so far."""
        return {one.request_id for one in self.responses.copy().values() if one.accepted}

    def _send(self, queue: list[int], settled: Container[str] | None) -> None:
        in_progress = ""
        for place in queue:
            if settled is not None and in_progress:
                self._wait(settled, in_progress)
            if self.over.is_set():
                return
            response = submit(self.stack, self.submissions[place].body)
            self.responses[place] = response
            self.on_response(self.submissions[place], response)
            in_progress = response.request_id if response.accepted else in_progress

    def _wait(self, settled: Container[str], request_id: str) -> None:
        deadline = time.monotonic() + self.patience
        while request_id not in settled and time.monotonic() < deadline:
            if self.over.wait(PAUSE_SECONDS):
                return
