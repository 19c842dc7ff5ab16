"""The result of a submission: the response, the notification and the stored data."""

from dataclasses import dataclass
from typing import Any

import contract
from ops.evidence import DeadLetter
from ops.submission import ApiResponse, Submission
from ops.subscriber import Notification


@dataclass(frozen=True)
class SubmissionResult:
    """A submission and the API's response."""

    submission: Submission
    response: ApiResponse

    @property
    def outcome(self) -> str:
        """ACCEPTED, or the HTTP status."""
        if self.response.accepted:
            return "ACCEPTED"
        return self.response.status

    @property
    def accounted_for(self) -> bool:
        """True if the API confirmed acceptance or a client error."""
        return self.response.accepted or self.response.is_client_error

    def report(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return {
            "transactionId": self.submission.transaction_id,
            "httpStatus": self.response.http_status,
            "requestId": self.response.request_id,
            "message": self.response.message,
            "outcome": self.outcome,
            "accountedFor": self.accounted_for,
        }


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
