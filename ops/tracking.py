"""Tracks submissions to their notifications and stored data."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import contract
from ops import evidence
from ops.evidence import DeadLetter
from ops.stack import Stack
from ops.submission import SubmissionResult
from ops.submitter import Submitter
from ops.subscriber import Notification, Subscriber, subscribe


@dataclass(frozen=True)
class TrackedSubmission(SubmissionResult):
    """A submission and everything that the stack shows of it.

    `recorded` is true if a record with its ID exists, `owned` if that record names this request.
    """

    notification: Notification | None = None
    audited: bool = False
    recorded: bool = False
    owned: bool = False
    dead_letter: DeadLetter | None = None

    @property
    def outcome(self) -> str:
        """The published status, or the state that is known without it."""
        if self.notification:
            return str(self.notification.message["status"])
        if not self.response.accepted:
            return super().outcome
        if self.dead_letter:
            return "dead-lettered, nothing was published"
        return "recorded, nothing was published" if self.owned else "nothing was published"

    @property
    def milliseconds(self) -> int | None:
        """Milliseconds from the POST to the notification."""
        if self.notification is None:
            return None
        return round((self.notification.received_at - self.response.sent_at) * 1_000)

    @property
    def accounted_for(self) -> bool:
        """True if the outcome matches the stored data."""
        match contract.OUTCOMES.get(self.outcome):
            case contract.RECORDED | contract.DUPLICATED:
                return self.audited and self.recorded and not self.dead_letter
            case contract.CONFLICTING:
                return self.audited and not self.dead_letter
            case contract.DEAD_LETTERED:
                return self.dead_letter is not None
        if self.response.accepted:
            return self.dead_letter is not None or (self.owned and self.audited)
        return super().accounted_for

    @property
    def as_expected(self) -> bool:
        """True if the transaction ended as its file expects."""
        return self.accounted_for and self.submission.expect in (None, self.outcome)

    def report(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return super().report() | {
            "audited": self.audited,
            "recorded": self.recorded,
            "milliseconds": self.milliseconds,
        }


def track(
    submitter: Submitter, on_progress: Callable[[int], None] | None = None
) -> list[TrackedSubmission]:
    """Submit all, and wait for their notifications; `on_progress` receives the number so far."""
    stack = submitter.stack
    with subscribe(stack) as notifications:
        submitter.run(notifications)
        accepted = {one.request_id for one in submitter.responses.values() if one.accepted}
        notifications.wait_for(accepted, seconds=submitter.patience, on_progress=on_progress)
    found = {one.request_id: one for one in evidence.dead_letters(stack)}

    def tracked(one: SubmissionResult) -> TrackedSubmission:
        return _tracked(stack, one, notifications, found.get(one.response.request_id))

    # Threads may share clients but must not create them:
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
    _ = stack.dynamodb, stack.s3
    with ThreadPoolExecutor(submitter.parallel) as readers:
        return list(readers.map(tracked, submitter.so_far()))


def _tracked(
    stack: Stack, one: SubmissionResult, notifications: Subscriber, dead_letter: DeadLetter | None
) -> TrackedSubmission:
    request_id, transaction_id = one.response.request_id, one.submission.transaction_id
    if not one.response.accepted or transaction_id is None:
        return TrackedSubmission(one.submission, one.response)
    records = evidence.record_of(stack, transaction_id)
    return TrackedSubmission(
        submission=one.submission,
        response=one.response,
        notification=next(iter(notifications.seen.get(request_id, [])), None),
        audited=evidence.audit_object_of(stack, transaction_id) is not None,
        recorded=bool(records),
        owned=any(record["requestId"] == {"S": request_id} for record in records),
        dead_letter=dead_letter,
    )
