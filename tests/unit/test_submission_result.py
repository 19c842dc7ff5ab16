"""What becomes of a submission: the outcome, and whether it is accounted for."""

import io
import re
from typing import Any

import pytest
from rich.console import Console

from cli.submission_table import count_responses, counted, refusals, summary, table
from ops.evidence import DeadLetter
from ops.submission import ApiResponse, Submission
from ops.submission_result import SubmissionResult, TrackedSubmission
from ops.subscriber import Notification

LETTER = DeadLetter(stage="validator", event={"requestId": "r"}, error="amount: wrong")


def a_journey(
    *,
    expect: str = "PROCESSED",
    http_status: int = 202,
    told: str | None = "PROCESSED",
    **evidence: Any,
) -> TrackedSubmission:
    told_of = Notification({"status": told}, {}, received_at=1_000.25) if told else None
    kept = {"audited": True, "recorded": True, "dead_letter": None, **evidence}
    return TrackedSubmission(
        submission=Submission({"transactionId": "order-1"}, expect),
        answer=ApiResponse(http_status, "request-1", "", sent_at=1_000.0),
        notification=told_of,
        **kept,
    )


def an_answered(
    status: int, message: str = "", transaction_id: str = "order-1"
) -> SubmissionResult:
    answer = ApiResponse(status, "request-1" if status else "", message, sent_at=1_000.0)
    return SubmissionResult(Submission({"transactionId": transaction_id}), answer)


def a_refusal(status: int = 400) -> TrackedSubmission:
    return a_journey(expect="400", http_status=status, told=None, audited=False, recorded=False)


def a_rejection() -> TrackedSubmission:
    return a_journey(
        expect="REJECTED", told="REJECTED", audited=False, recorded=False, dead_letter=LETTER
    )


@pytest.mark.parametrize(
    ("journey", "outcome"),
    [
        (a_journey(), "PROCESSED"),
        (a_journey(expect="DUPLICATE", told="DUPLICATE"), "DUPLICATE"),
        (a_journey(expect="CONFLICT", told="CONFLICT", recorded=False), "CONFLICT"),
        (a_rejection(), "REJECTED"),
        (a_refusal(), "400"),
    ],
)
def test_what_is_told_and_kept_is_accounted_for(journey: TrackedSubmission, outcome: str) -> None:
    assert journey.outcome == outcome
    assert journey.accounted_for
    assert journey.as_expected


@pytest.mark.parametrize(
    ("journey", "outcome"),
    [
        (a_journey(told=None), "nothing was told"),
        (a_journey(recorded=False), "PROCESSED"),
        (a_journey(audited=False), "PROCESSED"),
        (a_journey(dead_letter=LETTER), "PROCESSED"),
        (a_journey(expect="CONFLICT", told="CONFLICT", audited=False), "CONFLICT"),
        (a_journey(expect="CONFLICT", told="CONFLICT", dead_letter=LETTER), "CONFLICT"),
        (a_journey(expect="REJECTED", told="REJECTED"), "REJECTED"),
    ],
)
def test_what_is_told_but_not_kept_is_unaccounted_for(
    journey: TrackedSubmission, outcome: str
) -> None:
    assert journey.outcome == outcome
    assert not journey.accounted_for
    assert not journey.as_expected


@pytest.mark.parametrize(
    ("journey", "outcome", "accounted_for"),
    [
        (a_journey(told=None, owned=True), "recorded, nothing was told", True),
        (a_journey(told=None, owned=True, audited=False), "recorded, nothing was told", False),
        (a_journey(told=None, dead_letter=LETTER), "dead letter, nothing was told", True),
    ],
)
def test_what_nobody_was_told_of_is_accounted_for_where_it_is_kept(
    journey: TrackedSubmission, outcome: str, *, accounted_for: bool
) -> None:
    assert journey.outcome == outcome
    assert journey.accounted_for is accounted_for


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
def test_only_the_api_can_say_that_nothing_became_of_it(
    status: int, outcome: str, *, accounted_for: bool
) -> None:
    assert an_answered(status).outcome == outcome
    assert an_answered(status).accounted_for is accounted_for


def test_what_nothing_is_expected_of_is_as_expected_when_it_is_accounted_for() -> None:
    answer = ApiResponse(202, "request-1", "", sent_at=1_000.0)
    assert TrackedSubmission(Submission({}), ApiResponse(400, "", "", 0.0)).as_expected
    assert not TrackedSubmission(Submission({}), answer).as_expected


def test_another_outcome_than_the_file_says_is_not_as_expected() -> None:
    journey = a_refusal(status=403)
    assert journey.accounted_for
    assert not journey.as_expected


def test_counts_everything() -> None:
    duplicate = a_journey(expect="DUPLICATE", told="DUPLICATE")
    assert summary([a_journey(), duplicate, a_rejection(), a_refusal()]) == (
        "4 submitted: 3 accepted, 1 client errors; 1 recorded, 3 notified, 1 dead-lettered; "
        "nothing is unaccounted for."
    )


def test_names_what_is_unaccounted_for() -> None:
    unanswered = TrackedSubmission(
        Submission({"transactionId": "order-2"}), ApiResponse(0, "", "timeout", 0.0)
    )
    nameless = TrackedSubmission(Submission(7), ApiResponse(500, "", "", 0.0))
    assert summary([a_journey(told=None), unanswered, nameless]) == (
        "3 submitted: 1 accepted, 0 client errors, 2 unconfirmed; "
        "1 recorded, 0 notified, 0 dead-lettered; "
        "unaccounted for: request-1, order-2, (no id)."
    )


def test_counts_what_the_api_answered() -> None:
    submitted = [an_answered(202), an_answered(202), an_answered(400), an_answered(504)]
    assert count_responses(submitted) == {
        "submitted": 4,
        "accepted": 2,
        "clientErrors": 1,
        "unconfirmed": 1,
    }
    assert counted(submitted[:3]) == "3 submitted: 2 accepted, 1 client errors"


def test_says_each_refusal_once_with_the_ids() -> None:
    submitted = [
        an_answered(400, "wrong", "a"),
        an_answered(202, "", "b"),
        an_answered(400, "wrong", "c"),
        an_answered(403, "no key", "d"),
        SubmissionResult(Submission("e"), ApiResponse(400, "", "wrong", 0.0)),
    ]
    assert refusals(submitted) == ["400: wrong\n    a, c, (no id)", "403: no key\n    d"]


def test_reports_all_that_is_known() -> None:
    assert a_journey().report() == {
        "transactionId": "order-1",
        "httpStatus": 202,
        "requestId": "request-1",
        "message": "",
        "outcome": "PROCESSED",
        "accountedFor": True,
        "audited": True,
        "recorded": True,
        "milliseconds": 250,
    }


def test_shows_a_line_for_each_submission() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=120)
    lost = TrackedSubmission(
        Submission({"transactionId": "order-2"}), ApiResponse(202, "r", "", 0.0)
    )
    console.print(table([a_journey(), a_refusal(), a_refusal(status=403), lost]))
    rows = [line for line in screen.getvalue().splitlines() if "order" in line]
    assert [re.split(r"  +", row.strip()) for row in rows] == [
        ["order-1", "202", "PROCESSED", "order-1.json", "250 ms"],
        ["order-1", "400", "400", "-", "-"],
        ["order-1", "403", "403 (expected 400)", "-", "-"],
        ["order-2", "202", "nothing was told", "-", "-"],
    ]


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
    console = Console(file=screen, width=120)
    body = {"transactionId": transaction_id}
    refused = TrackedSubmission(Submission(body), ApiResponse(400, "", "wrong", 0.0))
    lost = TrackedSubmission(Submission(body), ApiResponse(504, "", "late", 0.0))
    kept = TrackedSubmission(Submission(body), ApiResponse(202, "r", "", 0.0), audited=True)
    console.print(table([refused, kept]))
    rows = [re.split(r"  +", row.strip()) for row in screen.getvalue().splitlines()]
    assert [shown, "400", "400", "-", "-"] in rows
    assert [shown, "202", "nothing was told", f"{shown}.json", "-"] in rows
    assert refusals([refused]) == [f"400: wrong\n    {shown}"]
    assert summary([lost]).endswith(f"unaccounted for: {shown}.")


@pytest.mark.parametrize(
    ("event", "request_id"),
    [
        ({"requestId": "a"}, "a"),
        ({"responsePayload": {"requestId": "b"}}, "b"),
        ({"responsePayload": {"errorMessage": "x"}, "requestPayload": {"requestId": "c"}}, "c"),
        ({"requestPayload": {"responsePayload": {"requestId": "d"}}}, "d"),
        ({"requestPayload": "nothing"}, None),
    ],
)
def test_finds_the_request_of_a_dead_letter(event: dict[str, Any], request_id: str | None) -> None:
    assert DeadLetter("queue", event, "error").request_id == request_id
