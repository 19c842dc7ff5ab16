"""What became of many submissions, for people: a table, refusals, one sentence."""

import json
from collections import defaultdict
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ops.submission import Submission
from ops.submission_result import SubmissionResult, TrackedSubmission


def shown(submission: Submission, nameless: str = "(no id)") -> str:
    """Give its id; as JSON, if it holds what a terminal cannot show or would obey."""
    name = submission.transaction_id or nameless
    return name if name.isprintable() else json.dumps(name)


def table(journeys: Iterable[TrackedSubmission]) -> Table:
    """Show one line for each submission."""
    rows = Table("id", "HTTP", "outcome", "audit object", "notified after", box=SIMPLE_HEAD)
    rows.columns[3].overflow = "fold"
    rows.columns[-1].justify = "right"
    for journey in journeys:
        name = shown(journey.submission, nameless="-")
        expected = journey.submission.expect
        mark = "" if journey.as_expected or not expected else f" (expected {expected})"
        rows.add_row(
            Text(name),
            str(journey.answer.http_status),
            journey.outcome + mark,
            Text(f"{name}.json" if journey.audited else "-"),
            "-" if journey.milliseconds is None else f"{journey.milliseconds} ms",
            style=None if journey.as_expected else "red",
        )
    return rows


def refusals(submitted: Iterable[SubmissionResult]) -> list[str]:
    """Give what the API said where it did not accept, once, and to which ids."""
    said = defaultdict(list)
    for one in submitted:
        if not one.answer.accepted:
            said[f"{one.outcome}: {one.answer.message}"].append(shown(one.submission))
    return [f"{what}\n    {', '.join(ids)}" for what, ids in said.items()]


def count_responses(submitted: Iterable[SubmissionResult]) -> dict[str, int]:
    """Count what the API answered."""
    answers = [one.answer for one in submitted]
    accepted = sum(answer.accepted for answer in answers)
    refused = sum(answer.refused for answer in answers)
    return {
        "submitted": len(answers),
        "accepted": accepted,
        "clientErrors": refused,
        "unconfirmed": len(answers) - accepted - refused,
    }


def counted(submitted: Iterable[SubmissionResult]) -> str:
    """Say in words what the API answered."""
    counts = count_responses(submitted)
    said = [f"{counts['accepted']} accepted", f"{counts['clientErrors']} client errors"]
    if counts["unconfirmed"]:
        said.append(f"{counts['unconfirmed']} unconfirmed")
    return f"{counts['submitted']} submitted: {', '.join(said)}"


def summary(journeys: list[TrackedSubmission]) -> str:
    """Count everything, and name what is unaccounted for."""
    counts = (
        f"{counted(journeys)}; "
        f"{len({j.submission.transaction_id for j in journeys if j.recorded})} recorded, "
        f"{sum(j.notification is not None for j in journeys)} notified, "
        f"{sum(j.dead_letter is not None for j in journeys)} dead-lettered; "
    )
    lost = [j.answer.request_id or shown(j.submission) for j in journeys if not j.accounted_for]
    if lost:
        return counts + f"unaccounted for: {', '.join(lost)}."
    return counts + "nothing is unaccounted for."
