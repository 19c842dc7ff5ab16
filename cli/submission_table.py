"""The results of submissions as text: a table, the client errors and a summary."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ops.submission import SubmissionCounts
from ops.tracking import TrackedSubmission


def table(tracked: Iterable[TrackedSubmission]) -> Table:
    """Return a table with one row per submission."""
    rows = Table("id", "HTTP", "outcome", "audit object", "outcome after", box=SIMPLE_HEAD)
    rows.columns[-1].justify = "right"
    for one in tracked:
        name = one.submission.shown(nameless="-")
        expected = one.submission.expect
        mark = "" if one.as_expected or not expected else f" (expected {expected})"
        rows.add_row(
            name,
            str(one.response.http_status),
            one.outcome + mark,
            f"{name}.json" if one.audited else "-",
            "-" if one.milliseconds is None else f"{one.milliseconds} ms",
            style=None if one.as_expected else "red",
        )
    return rows


def rejections(counts: SubmissionCounts) -> list[str]:
    """Return each reason for which submissions failed, with their IDs."""
    return [
        f"{message}\n    {', '.join(ids)}"
        + (f" and {counts.unlisted[message]:,} more" if message in counts.unlisted else "")
        for message, ids in counts.ids.items()
    ]


def as_json(counts: SubmissionCounts) -> dict[str, int]:
    """Return the numbers of submissions by the API's response."""
    return {
        "submitted": counts.submitted,
        "accepted": counts.accepted,
        "clientErrors": counts.client_errors,
        "unconfirmed": counts.unconfirmed,
    }


def counted(counts: SubmissionCounts) -> str:
    """Return a phrase that counts the submissions by response."""
    text = f"{counts.submitted} submitted: {counts.accepted} accepted"
    text += f", {counts.client_errors} client errors"
    return text + (f", {counts.unconfirmed} unconfirmed" if counts.unconfirmed else "")


def summary(tracked: list[TrackedSubmission]) -> str:
    """Return a summary of all submissions, with those that are unaccounted for."""
    counts = (
        f"{counted(SubmissionCounts.of(tracked))}; "
        f"{len({one.submission.transaction_id for one in tracked if one.recorded})} recorded, "
        f"{sum(one.ended is not None for one in tracked)} with an outcome, "
        f"{sum(one.dead_letter is not None for one in tracked)} dead-lettered; "
    )
    lost = [
        one.response.request_id or one.submission.shown()
        for one in tracked
        if not one.accounted_for
    ]
    if lost:
        return counts + f"unaccounted for: {', '.join(lost)}."
    return counts + "nothing is unaccounted for."
