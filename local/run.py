"""The main job: submit transactions, follow each to its end, account for all of them."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table

from local.stack import LocalStack
from ops import evidence
from ops.evidence import DeadLetter
from ops.stack import Stack
from ops.submission import Answer, Submission, submit
from ops.watch import Notification, Watch, watch

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Journey:
    """One submission, and everything that the stack shows of it."""

    submission: Submission
    answer: Answer
    notification: Notification | None
    audited: bool
    recorded: bool
    dead_letter: DeadLetter | None

    @property
    def outcome(self) -> str:
        """The status that was told, or the HTTP refusal."""
        if self.notification:
            return str(self.notification.message["status"])
        return "nothing was told" if self.answer.accepted else str(self.answer.http_status)

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
        return not self.answer.accepted

    @property
    def as_expected(self) -> bool:
        """Whether it ended as its file says."""
        return self.outcome == self.submission.expect and self.accounted_for


def reach(stack: LocalStack) -> Stack:
    """Reach the local stack as any deployed stack is reached."""
    return Stack.described(asdict(stack))


def follow(stack: Stack, submissions: Iterable[Submission]) -> list[Journey]:
    """Submit all and follow each to its end."""
    with watch(stack) as notifications:
        answers = list(_submit_in_order(stack, notifications, submissions))
        accepted = {answer.request_id for _, answer in answers if answer.accepted}
        notifications.wait_for(accepted, seconds=PATIENCE_SECONDS)
    letters = {letter.request_id: letter for letter in evidence.dead_letters(stack)}
    return [
        _journey(stack, submission, answer, notifications, letters)
        for submission, answer in answers
    ]


def table(journeys: Iterable[Journey]) -> Table:
    """Show one line for each submission."""
    rows = Table("id", "HTTP", "outcome", "audit object", "notified after", box=SIMPLE_HEAD)
    rows.columns[3].overflow = "fold"
    rows.columns[-1].justify = "right"
    for journey in journeys:
        mark = "" if journey.as_expected else f" (expected {journey.submission.expect})"
        rows.add_row(
            journey.submission.transaction_id or "-",
            str(journey.answer.http_status),
            journey.outcome + mark,
            f"{journey.submission.transaction_id}.json" if journey.audited else "-",
            "-" if journey.milliseconds is None else f"{journey.milliseconds} ms",
            style=None if journey.as_expected else "red",
        )
    return rows


def summary(journeys: list[Journey]) -> str:
    """Count everything, and name what is unaccounted for."""
    accepted = sum(j.answer.accepted for j in journeys)
    counts = (
        f"{len(journeys)} submitted: {accepted} accepted, {len(journeys) - accepted} refused; "
        f"{len({j.submission.transaction_id for j in journeys if j.recorded})} recorded, "
        f"{sum(j.notification is not None for j in journeys)} notified, "
        f"{sum(j.dead_letter is not None for j in journeys)} dead-lettered; "
    )
    lost = [j.answer.request_id for j in journeys if not j.accounted_for]
    if lost:
        return counts + f"unaccounted for: {', '.join(lost)}."
    return counts + "nothing is unaccounted for."


def _submit_in_order(
    stack: Stack, notifications: Watch, submissions: Iterable[Submission]
) -> Iterator[tuple[Submission, Answer]]:
    # The pipeline keeps no order: who shares an id waits, so that the first one is the first.
    under_way: dict[str, str] = {}
    for submission in submissions:
        transaction_id = submission.transaction_id
        if transaction_id in under_way:
            notifications.wait_for({under_way[transaction_id]}, seconds=PATIENCE_SECONDS)
        answer = submit(stack, submission.body)
        if answer.accepted and transaction_id:
            under_way[transaction_id] = answer.request_id
        yield submission, answer


def _journey(
    stack: Stack,
    submission: Submission,
    answer: Answer,
    notifications: Watch,
    letters: dict[str | None, DeadLetter],
) -> Journey:
    transaction_id = submission.transaction_id if answer.accepted else None
    told = notifications.seen.get(answer.request_id, [])
    return Journey(
        submission=submission,
        answer=answer,
        notification=told[0] if told else None,
        audited=bool(transaction_id and evidence.audit_object_of(stack, transaction_id)),
        recorded=bool(transaction_id and evidence.record_of(stack, transaction_id)),
        dead_letter=letters.get(answer.request_id),
    )
