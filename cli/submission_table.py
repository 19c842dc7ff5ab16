"""The results of submissions as text: a table, the client errors and a summary."""

import json
from collections import defaultdict
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ops.input_files import Submission
from ops.submission import SubmissionResult
from ops.tracking import TrackedSubmission


def shown(submission: Submission, nameless: str = "(no id)") -> str:
    """Return the ID, JSON-quoted if it contains control characters."""
    name = submission.transaction_id or nameless
    return name if name.isprintable() else json.dumps(name)


def table(tracked: Iterable[TrackedSubmission]) -> Table:
    """Return a table with one row per submission."""
    rows = Table("id", "HTTP", "outcome", "audit object", "outcome after", box=SIMPLE_HEAD)
    rows.columns[-1].justify = "right"
    for one in tracked:
        name = shown(one.submission, nameless="-")
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


def rejections(submitted: Iterable[SubmissionResult]) -> list[str]:
    """Return each reason for which submissions failed, with their IDs."""
    ids_by_message = defaultdict(list)
    for one in submitted:
        if one.reason or not one.response.accepted:
            ids_by_message[f"{one.outcome}: {one.reason}"].append(shown(one.submission))
    return [f"{message}\n    {', '.join(ids)}" for message, ids in ids_by_message.items()]


def count_responses(submitted: Iterable[SubmissionResult]) -> dict[str, int]:
    """Count the submissions by the API's response."""
    responses = [one.response for one in submitted]
    accepted = sum(one.accepted for one in responses)
    client_errors = sum(one.is_client_error for one in responses)
    return {
        "submitted": len(responses),
        "accepted": accepted,
        "clientErrors": client_errors,
        "unconfirmed": len(responses) - accepted - client_errors,
    }


def counted(submitted: Iterable[SubmissionResult]) -> str:
    """Return a phrase that counts the submissions by response."""
    counts = count_responses(submitted)
    text = f"{counts['submitted']} submitted: {counts['accepted']} accepted"
    text += f", {counts['clientErrors']} client errors"
    return text + (f", {counts['unconfirmed']} unconfirmed" if counts["unconfirmed"] else "")


def summary(tracked: list[TrackedSubmission]) -> str:
    """Return a summary of all submissions, with those that are unaccounted for."""
    counts = (
        f"{counted(tracked)}; "
        f"{len({one.submission.transaction_id for one in tracked if one.recorded})} recorded, "
        f"{sum(one.ended is not None for one in tracked)} with an outcome, "
        f"{sum(one.dead_letter is not None for one in tracked)} dead-lettered; "
    )
    lost = [
        one.response.request_id or shown(one.submission) for one in tracked if not one.accounted_for
    ]
    if lost:
        return counts + f"unaccounted for: {', '.join(lost)}."
    return counts + "nothing is unaccounted for."
