"""Submissions on their way: several at once, but those of one id one after the other."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

import requests

from ops.stack import Stack
from ops.submission import NO_ANSWER, ApiResponse, Submission, submit
from ops.submission_result import SubmissionResult
from ops.subscriber import Subscriber

PARALLEL = 4
PATIENCE_SECONDS = 60


@dataclass
class Submitter:
    """What to submit, and the answers so far, by the place of their submission.

    `answered` is told each answer at once, by the thread that got it.
    """

    stack: Stack
    submissions: Sequence[Submission]
    parallel: int = PARALLEL
    patience: float = PATIENCE_SECONDS
    answered: Callable[[Submission, ApiResponse], None] = lambda *_: None
    answers: dict[int, ApiResponse] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, notifications: Subscriber | None = None) -> None:
        """Submit all. Interrupted, it returns when those under way are answered.

        The pipeline keeps no order: with a watch, who shares an id waits until the one before it
        has been told of, so that the first one is the first.
        """
        queues: dict[str | int, list[int]] = {}
        for place, submission in enumerate(self.submissions):
            queues.setdefault(submission.transaction_id or place, []).append(place)
        pool = ThreadPoolExecutor(self.parallel)
        try:
            sent = [pool.submit(self._send, queue, notifications) for queue in queues.values()]
            for queue in as_completed(sent):
                queue.result()
        finally:
            self.over.set()
            pool.shutdown(cancel_futures=True)

    def so_far(self) -> list[SubmissionResult]:
        """List what was answered, in the order of the submissions."""
        return [
            SubmissionResult(self.submissions[place], answer)
            for place, answer in sorted(self.answers.items())
        ]

    def _send(self, queue: list[int], notifications: Subscriber | None) -> None:
        under_way: set[str] = set()
        for place in queue:
            if notifications:
                self._wait(notifications, under_way)
            if self.over.is_set():
                return
            answer = self._submit(self.submissions[place])
            self.answers[place] = answer
            self.answered(self.submissions[place], answer)
            under_way = {answer.request_id} if answer.accepted else under_way

    def _submit(self, submission: Submission) -> ApiResponse:
        sent_at = time.time()
        try:
            return submit(self.stack, submission.body)
        except requests.RequestException as error:
            return ApiResponse(NO_ANSWER, "", type(error).__name__, sent_at)

    def _wait(self, notifications: Subscriber, under_way: set[str]) -> None:
        deadline = time.monotonic() + self.patience
        while under_way and not self.over.is_set() and time.monotonic() < deadline:
            under_way = notifications.wait_for(under_way, seconds=1)
