"""What became of a submission: what the API answered, what was told, what is kept."""

from dataclasses import dataclass
from typing import Any

import contract
from ops.evidence import DeadLetter
from ops.submission import NO_ANSWER, ApiResponse, Submission
from ops.subscriber import Notification


@dataclass(frozen=True)
class SubmissionResult:
    """One submission, and what the API answered."""

    submission: Submission
    answer: ApiResponse

    @property
    def outcome(self) -> str:
        """What is known of it: ACCEPTED, or the HTTP status."""
        if self.answer.accepted:
            return "ACCEPTED"
        return "no answer" if self.answer.http_status == NO_ANSWER else str(self.answer.http_status)

    @property
    def accounted_for(self) -> bool:
        """Whether the API said what becomes of it."""
        return self.answer.accepted or self.answer.refused

    def report(self) -> dict[str, Any]:
        """Put it in a form for JSON."""
        return {
            "transactionId": self.submission.transaction_id,
            "httpStatus": self.answer.http_status,
            "requestId": self.answer.request_id,
            "message": self.answer.message,
            "outcome": self.outcome,
            "accountedFor": self.accounted_for,
        }


@dataclass(frozen=True)
class TrackedSubmission(SubmissionResult):
    """One submission, and everything that the stack shows of it.

    `recorded` is whether there is a record under its id, `owned` whether that names this request.
    """

    notification: Notification | None = None
    audited: bool = False
    recorded: bool = False
    owned: bool = False
    dead_letter: DeadLetter | None = None

    @property
    def outcome(self) -> str:
        """The status that was told, or what is known without."""
        if self.notification:
            return str(self.notification.message["status"])
        if not self.answer.accepted:
            return super().outcome
        if self.dead_letter:
            return "dead letter, nothing was told"
        return "recorded, nothing was told" if self.owned else "nothing was told"

    @property
    def milliseconds(self) -> int | None:
        """From the POST to the notification."""
        if self.notification is None:
            return None
        return round((self.notification.received_at - self.answer.sent_at) * 1_000)

    @property
    def accounted_for(self) -> bool:
        """Whether what was told is what is kept: a refusal leaves nothing."""
        match contract.OUTCOMES.get(self.outcome):
            case contract.RECORDED | contract.DUPLICATED:
                return self.audited and self.recorded and not self.dead_letter
            case contract.CONFLICTING:
                return self.audited and not self.dead_letter
            case contract.DEAD_LETTERED:
                return self.dead_letter is not None
        if self.answer.accepted:
            return self.dead_letter is not None or (self.owned and self.audited)
        return super().accounted_for

    @property
    def as_expected(self) -> bool:
        """Whether it ended as its file says, if that says anything."""
        return self.accounted_for and self.submission.expect in (None, self.outcome)

    def report(self) -> dict[str, Any]:
        """Put it in a form for JSON."""
        return super().report() | {
            "audited": self.audited,
            "recorded": self.recorded,
            "milliseconds": self.milliseconds,
        }
