"""What became of a submission, and how it is told."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ops.evidence import DeadLetter
from ops.submission import NO_ANSWER, Answer, Submission
from ops.watch import Notification


@dataclass(frozen=True)
class Answered:
    """One submission, and what the API answered."""

    submission: Submission
    answer: Answer

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
class Journey(Answered):
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
        if self.outcome in ("PROCESSED", "DUPLICATE"):
            return self.audited and self.recorded and not self.dead_letter
        if self.outcome == "CONFLICT":
            return self.audited and not self.dead_letter
        if self.outcome in ("REJECTED", "FAILED"):
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


def table(journeys: Iterable[Journey]) -> Table:
    """Show one line for each submission."""
    rows = Table("id", "HTTP", "outcome", "audit object", "notified after", box=SIMPLE_HEAD)
    rows.columns[3].overflow = "fold"
    rows.columns[-1].justify = "right"
    for journey in journeys:
        expected = journey.submission.expect
        mark = "" if journey.as_expected or not expected else f" (expected {expected})"
        rows.add_row(
            journey.submission.transaction_id or "-",
            str(journey.answer.http_status),
            journey.outcome + mark,
            f"{journey.submission.transaction_id}.json" if journey.audited else "-",
            "-" if journey.milliseconds is None else f"{journey.milliseconds} ms",
            style=None if journey.as_expected else "red",
        )
    return rows


def refusals(submitted: Iterable[Answered]) -> list[str]:
    """Give what the API said where it did not accept, once, and to which ids."""
    said = defaultdict(list)
    for one in submitted:
        if not one.answer.accepted:
            transaction_id = one.submission.transaction_id or "(no id)"
            said[f"{one.outcome}: {one.answer.message}"].append(transaction_id)
    return [f"{what}\n    {', '.join(ids)}" for what, ids in said.items()]


def tally(submitted: Iterable[Answered]) -> dict[str, int]:
    """Count what the API answered."""
    answers = [one.answer for one in submitted]
    accepted = sum(answer.accepted for answer in answers)
    refused = sum(answer.refused for answer in answers)
    return {
        "submitted": len(answers),
        "accepted": accepted,
        "refused": refused,
        "unanswered": len(answers) - accepted - refused,
    }


def counted(submitted: Iterable[Answered]) -> str:
    """Say in words what the API answered."""
    counts = tally(submitted)
    unanswered = counts.pop("unanswered")
    first, *others = (f"{count} {name}" for name, count in counts.items())
    if unanswered:
        others.append(f"{unanswered} without a clear answer")
    return f"{first}: {', '.join(others)}"


def summary(journeys: list[Journey]) -> str:
    """Count everything, and name what is unaccounted for."""
    counts = (
        f"{counted(journeys)}; "
        f"{len({j.submission.transaction_id for j in journeys if j.recorded})} recorded, "
        f"{sum(j.notification is not None for j in journeys)} notified, "
        f"{sum(j.dead_letter is not None for j in journeys)} dead-lettered; "
    )
    lost = [
        j.answer.request_id or j.submission.transaction_id or "(no id)"
        for j in journeys
        if not j.accounted_for
    ]
    if lost:
        return counts + f"unaccounted for: {', '.join(lost)}."
    return counts + "nothing is unaccounted for."
