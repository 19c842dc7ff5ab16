"""Tracks submissions to their outcomes and stored data."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import contract
from ops import evidence
from ops.entries import Archived, audit_object_of, records_of
from ops.evidence import DeadLetter
from ops.foreign import Foreign, problems
from ops.outcomes import Outcome, OutcomePoller
from ops.reconciliation import Entry
from ops.stack import Stack
from ops.submission import SubmissionResult
from ops.submitter import Submitter


@dataclass(frozen=True)
class TrackedSubmission(SubmissionResult):
    """A submission and everything that the stack shows of it.

    `recorded` is true if a record with its ID exists, `owned` if that record names this request.
    `read_at` is when the outcome was read, in seconds since the epoch.
    """

    ended: Outcome | None = None
    read_at: float = 0.0
    audited: bool = False
    recorded: bool = False
    owned: bool = False
    dead_letter: DeadLetter | None = None
    foreign: Sequence[Foreign] = ()

    @property
    def outcome(self) -> str:
        """The status of the outcome, or the state that is known without it."""
        if self.ended:
            return self.ended.status
        if not self.response.accepted:
            return super().outcome
        if self.dead_letter:
            return "dead-lettered, no outcome"
        return "recorded, no outcome" if self.owned else "no outcome"

    @property
    def reason(self) -> str:
        """The reason of the outcome, or the API's message."""
        return self.ended.reason if self.ended else super().reason

    @property
    def milliseconds(self) -> int | None:
        """Milliseconds from the POST until its outcome was read."""
        return round((self.read_at - self.response.sent_at) * 1_000) if self.ended else None

    @property
    def accounted_for(self) -> bool:
        """True if the outcome matches the stored data."""
        match contract.OUTCOMES.get(self.outcome):
            case contract.RECORDED | contract.DUPLICATED:
                return self.audited and self.recorded
            case contract.CONFLICTING:
                return self.audited
            case contract.UNRECORDED:
                return True
            case contract.DEAD_LETTERED:
                return self.dead_letter is not None
        if self.response.accepted:
            held = self.dead_letter is not None or (self.owned and self.audited)
            return held and not self.ended  # a foreign outcome matches nothing
        return super().accounted_for

    @property
    def as_expected(self) -> bool:
        """True if the transaction ended as its file expects."""
        return self.accounted_for and self.submission.expect in (None, self.outcome)

    def report(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return super().report() | {
            "reason": self.reason,
            "audited": self.audited,
            "recorded": self.recorded,
            "milliseconds": self.milliseconds,
            "foreign": problems(self.foreign),
        }


def track(
    submitter: Submitter, on_progress: Callable[[int], None] = lambda _: None
) -> list[TrackedSubmission]:
    """Submit all, and wait for their outcomes; `on_progress` receives the number so far."""
    stack = submitter.stack
    outcomes = OutcomePoller(stack)

    def poll() -> bool:
        """Return whether an outcome is missing."""
        accepted = submitter.accepted()
        outcomes.poll(accepted)
        on_progress(len(outcomes.seen))
        return not accepted <= outcomes.seen.keys()

    with ThreadPoolExecutor(1) as background:
        submitting = background.submit(submitter.run, outcomes.seen)
        try:
            while not submitting.done():
                poll()
        finally:
            submitter.over.set()
        submitting.result()
    deadline = time.monotonic() + submitter.patience
    while poll() and time.monotonic() < deadline:
        pass
    found = {one.request_id: one for one in evidence.dead_letters(stack)}

    def tracked(one: SubmissionResult) -> TrackedSubmission:
        return _tracked(stack, one, outcomes, found.get(one.response.request_id))

    # Threads may share clients but must not create them:
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
    _ = stack.dynamodb, stack.s3
    with ThreadPoolExecutor(submitter.parallel) as readers:
        return list(readers.map(tracked, submitter.so_far()))


def _tracked(
    stack: Stack, one: SubmissionResult, outcomes: OutcomePoller, dead_letter: DeadLetter | None
) -> TrackedSubmission:
    request_id, transaction_id = one.response.request_id, one.submission.transaction_id
    if not one.response.accepted or transaction_id is None:
        return TrackedSubmission(one.submission, one.response)
    records, foreign = records_of(stack, transaction_id)
    audit = audit_object_of(stack, transaction_id)
    return TrackedSubmission(
        submission=one.submission,
        response=one.response,
        ended=outcomes.seen.get(request_id),
        read_at=outcomes.read_at.get(request_id, 0.0),
        audited=isinstance(audit, Entry | Archived),
        recorded=bool(records),
        owned=any(record.request_id == request_id for record in records),
        dead_letter=dead_letter,
        foreign=[*foreign, audit] if isinstance(audit, Foreign) else foreign,
    )
