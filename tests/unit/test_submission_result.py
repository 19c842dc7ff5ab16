"""The result of a submission: its outcome, and whether it is accounted for."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from cli.main import cli
from cli.options import OUT, print_table
from cli.submission_table import rejections, summary, table
from ops.evidence import DeadLetter
from ops.foreign import Foreign
from ops.input_files import Submission
from ops.outcomes import FOREIGN, Outcome
from ops.submission import ApiResponse, SubmissionCounts, SubmissionResult
from ops.tracking import TrackedSubmission

DEAD_LETTER = DeadLetter(stage="validator", event={"requestId": "r"}, error="amount: wrong")


def a_tracked_submission(
    *,
    expect: str = "PROCESSED",
    http_status: int = 202,
    status: str | None = "PROCESSED",
    reason: str = "",
    **evidence: Any,
) -> TrackedSubmission:
    ended = Outcome("request-1", status, "order-1", reason) if status else None
    stored = {"audited": True, "recorded": True, "dead_letter": None, **evidence}
    return TrackedSubmission(
        submission=Submission({"transactionId": "order-1"}, expect),
        response=ApiResponse(http_status, "request-1", "", sent_at=1_000.0),
        ended=ended,
        read_at=1_000.25,
        **stored,
    )


def a_result(status: int, message: str = "", transaction_id: str = "order-1") -> SubmissionResult:
    response = ApiResponse(status, "request-1" if status else "", message, sent_at=1_000.0)
    return SubmissionResult(Submission({"transactionId": transaction_id}), response)


def a_client_error(status: int = 400) -> TrackedSubmission:
    return a_tracked_submission(
        expect="400", http_status=status, status=None, audited=False, recorded=False
    )


def a_rejection() -> TrackedSubmission:
    return a_tracked_submission(
        expect="REJECTED", status="REJECTED", reason="amount: no", audited=False, recorded=False
    )


@pytest.mark.parametrize(
    ("tracked", "outcome"),
    [
        (a_tracked_submission(), "PROCESSED"),
        (a_tracked_submission(expect="DUPLICATE", status="DUPLICATE"), "DUPLICATE"),
        (a_tracked_submission(expect="CONFLICT", status="CONFLICT", recorded=False), "CONFLICT"),
        (a_rejection(), "REJECTED"),
        (a_tracked_submission(expect="FAILED", status="FAILED", dead_letter=DEAD_LETTER), "FAILED"),
        # The notifier could not publish the outcome, or the same event failed later.
        (a_tracked_submission(dead_letter=DEAD_LETTER), "PROCESSED"),
        (a_client_error(), "400"),
    ],
)
def test_an_outcome_with_what_it_claims_is_accounted_for(
    tracked: TrackedSubmission, outcome: str
) -> None:
    assert tracked.outcome == outcome
    assert tracked.accounted_for
    assert tracked.as_expected


@pytest.mark.parametrize(
    ("tracked", "outcome"),
    [
        (a_tracked_submission(status=None), "no outcome"),
        (a_tracked_submission(recorded=False), "PROCESSED"),
        (a_tracked_submission(audited=False), "PROCESSED"),
        (a_tracked_submission(expect="CONFLICT", status="CONFLICT", audited=False), "CONFLICT"),
        (a_tracked_submission(expect="FAILED", status="FAILED"), "FAILED"),
    ],
)
def test_an_outcome_without_what_it_claims_is_unaccounted_for(
    tracked: TrackedSubmission, outcome: str
) -> None:
    assert tracked.outcome == outcome
    assert not tracked.accounted_for
    assert not tracked.as_expected


@pytest.mark.parametrize(
    ("tracked", "outcome", "accounted_for"),
    [
        (a_tracked_submission(status=None, owned=True), "recorded, no outcome", True),
        (
            a_tracked_submission(status=None, owned=True, audited=False),
            "recorded, no outcome",
            False,
        ),
        (
            a_tracked_submission(status=None, dead_letter=DEAD_LETTER),
            "dead-lettered, no outcome",
            True,
        ),
        (a_tracked_submission(status=FOREIGN, owned=True), "FOREIGN", False),
    ],
)
def test_a_submission_without_an_outcome_is_accounted_for_if_it_is_stored(
    tracked: TrackedSubmission, outcome: str, *, accounted_for: bool
) -> None:
    assert tracked.outcome == outcome
    assert tracked.accounted_for is accounted_for


@pytest.mark.parametrize(
    ("status", "outcome", "accounted_for"),
    [
        (202, "ACCEPTED", True),
        (400, "400", True),
        (429, "429", True),
        (500, "500", False),
        (504, "504", False),
        (0, "no answer", False),
    ],
)
def test_only_a_client_error_confirms_that_nothing_is_stored(
    status: int, outcome: str, *, accounted_for: bool
) -> None:
    assert a_result(status).outcome == outcome
    assert a_result(status).accounted_for is accounted_for


def test_without_an_expectation_accounted_for_is_as_expected() -> None:
    response = ApiResponse(202, "request-1", "", sent_at=1_000.0)
    assert TrackedSubmission(Submission({}), ApiResponse(400, "", "", 0.0)).as_expected
    assert not TrackedSubmission(Submission({}), response).as_expected


def test_an_outcome_other_than_expected_is_not_as_expected() -> None:
    tracked = a_client_error(status=403)
    assert tracked.accounted_for
    assert not tracked.as_expected


def test_counts_everything() -> None:
    duplicate = a_tracked_submission(expect="DUPLICATE", status="DUPLICATE")
    assert summary([a_tracked_submission(), duplicate, a_rejection(), a_client_error()]) == (
        "4 submitted: 3 accepted, 1 client errors; 1 recorded, 3 with an outcome, 0 dead-lettered; "
        "nothing is unaccounted for."
    )


def test_names_what_is_unaccounted_for() -> None:
    unconfirmed = TrackedSubmission(
        Submission({"transactionId": "order-2"}), ApiResponse(0, "", "timeout", 0.0)
    )
    nameless = TrackedSubmission(Submission(7), ApiResponse(500, "", "", 0.0))
    assert summary([a_tracked_submission(status=None), unconfirmed, nameless]) == (
        "3 submitted: 1 accepted, 0 client errors, 2 unconfirmed; "
        "1 recorded, 0 with an outcome, 0 dead-lettered; "
        "unaccounted for: request-1, order-2, (no id)."
    )


def test_lists_each_rejection_once_with_the_ids() -> None:
    submitted = [
        a_result(400, "wrong", "a"),
        a_result(202, "", "b"),
        a_result(400, "wrong", "c"),
        a_result(403, "no key", "d"),
        SubmissionResult(Submission("e"), ApiResponse(400, "", "wrong", 0.0)),
        a_tracked_submission(),
        a_rejection(),
    ]
    assert rejections(SubmissionCounts.of(submitted)) == [
        "400: wrong\n    a, c, (no id)",
        "403: no key\n    d",
        "REJECTED: amount: no\n    order-1",
    ]


def test_reports_all_that_is_known() -> None:
    foreign = [Foreign("record", "order-1 1", "has no amount")]
    assert a_tracked_submission(foreign=foreign).report() == {
        "transactionId": "order-1",
        "httpStatus": 202,
        "requestId": "request-1",
        "message": "",
        "outcome": "PROCESSED",
        "accountedFor": True,
        "reason": "",
        "audited": True,
        "recorded": True,
        "milliseconds": 250,
        "foreign": {"record order-1 1": "has no amount"},
    }


def test_shows_a_line_for_each_submission() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=120, markup=False, emoji=False)
    lost = TrackedSubmission(
        Submission({"transactionId": "order-2"}), ApiResponse(202, "r", "", 0.0)
    )
    console.print(
        table([a_tracked_submission(), a_client_error(), a_client_error(status=403), lost])
    )
    rows = [line for line in screen.getvalue().splitlines() if "order" in line]
    assert [re.split(r"  +", row.strip()) for row in rows] == [
        ["order-1", "202", "PROCESSED", "order-1.json", "250 ms"],
        ["order-1", "400", "400", "-", "-"],
        ["order-1", "403", "403 (expected 400)", "-", "-"],
        ["order-2", "202", "no outcome", "-", "-"],
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_width_breaks_a_word_or_a_number(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(OUT, "_width", width)
    names = ["a" * 64, "order-1"]
    print_table(
        table(
            replace(
                a_tracked_submission(expect="DUPLICATE"),
                submission=Submission({"transactionId": name}, "DUPLICATE"),
            )
            for name in names
        )
    )
    printed = capsys.readouterr().out

    for name in names:
        (row,) = (line for line in printed.splitlines() if name in line.split())
        assert [*row.split()[:3], *row.split()[-3:]] == [
            *(name, "202", "PROCESSED"),
            *(f"{name}.json", "250", "ms"),
        ]


@pytest.mark.parametrize("command", [["cost"], ["capacity", "--burst=1000000"]])
def test_the_tables_of_all_commands_hold_the_same_words_at_any_width(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = []
    for width in (40, 60, 80, 200):
        monkeypatch.setattr(OUT, "_width", width)
        result = CliRunner().invoke(cli, command)
        words.append(sorted(re.sub("[\u2500-\u257f]", " ", result.output).split()))

    assert words[1:] == words[:1] * 3


@pytest.mark.parametrize(
    ("transaction_id", "shown"),
    [
        ("[/bold]", "[/bold]"),
        ("[bold]x", "[bold]x"),
        (":smile:", ":smile:"),
        ("caf\u00e9", "caf\u00e9"),
        ("\ud800", '"\\ud800"'),
        ("\x1b[31m\n", '"\\u001b[31m\\n"'),
    ],
)
def test_shows_any_id_as_it_is_or_as_json(transaction_id: str, shown: str) -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=120, markup=False, emoji=False)
    body = {"transactionId": transaction_id}
    rejected = TrackedSubmission(Submission(body), ApiResponse(400, "", "wrong", 0.0))
    lost = TrackedSubmission(Submission(body), ApiResponse(504, "", "late", 0.0))
    stored = TrackedSubmission(Submission(body), ApiResponse(202, "r", "", 0.0), audited=True)
    console.print(table([rejected, stored]))
    rows = [re.split(r"  +", row.strip()) for row in screen.getvalue().splitlines()]
    assert [shown, "400", "400", "-", "-"] in rows
    assert [shown, "202", "no outcome", f"{shown}.json", "-"] in rows
    assert rejections(SubmissionCounts.of([rejected])) == [f"400: wrong\n    {shown}"]
    assert summary([lost]).endswith(f"unaccounted for: {shown}.")
