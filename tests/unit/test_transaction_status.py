"""Where a transaction is, and what its operator is told to do."""

from dataclasses import replace
from typing import Any

import pytest

from ops.evidence import DeadLetter
from ops.logged_outcomes import LoggedOutcome
from ops.reconciliation import Entry
from ops.transaction import Content, a_body
from ops.transaction_status import TransactionStatus
from tests.unit.stacks import STAGES

CONTENT = Content.of(a_body(transactionId="order-1", amount="1.50"))
ENTRY = Entry(CONTENT, 1_000, "request-1", "key")
OTHER = replace(ENTRY, content=Content.of(a_body(transactionId="order-1", amount=2)))


def a_letter(stage: str, error: str = "boom", **event: object) -> DeadLetter:
    return DeadLetter(stage, {"requestId": "request-1", **event}, error)


def an_outcome(status: str, request_id: str = "request-1") -> LoggedOutcome:
    return LoggedOutcome("validator-dev", request_id, "order-1", status, "", 1_500)


def whereabouts(*letters: tuple[str, DeadLetter], **found: Any) -> TransactionStatus:
    by_stage: dict[str, list[DeadLetter]] = {stage: [] for stage in STAGES}
    for stage, letter in letters:
        by_stage[stage].append(letter)
    nothing = {"records": [], "audits": [], "archived": False, "outcomes": [], "hidden": 0}
    return TransactionStatus("order-1", letters=by_stage, **{**nothing, **found})


RECORDED = {"records": [ENTRY], "audits": [ENTRY]}
SUCCESS = {"condition": "Success"}
DECIDED: dict[str, Any] = {"responsePayload": {"status": "PROCESSED"}}
NOTIFIER = ("notifier", a_letter("notifier", **DECIDED))
FRAUD_CHECK = ("fraud-check", a_letter("fraud-check", **DECIDED))
PROCESSOR = ("processor", a_letter("processor"))
VALIDATOR = ("validator", a_letter("validator", "amount: is wrong"))


@pytest.mark.parametrize(
    ("found", "state", "settled", "beginnings"),
    [
        (whereabouts(**RECORDED), "RECORDED", True, []),
        (
            whereabouts(records=[ENTRY], archived=True),
            "RECORDED",
            True,
            ["Its audit object is in Gla"],
        ),
        (
            whereabouts(NOTIFIER, **RECORDED),
            "RECORDED",
            True,
            ["In the dead-letter queue of the notifier: pipeline redrive notifier"],
        ),
        (
            whereabouts(FRAUD_CHECK, **RECORDED),
            "RECORDED",
            True,
            ["In the dead-letter queue of the fraud-check: pipeline redrive fraud-check"],
        ),
        (
            whereabouts(FRAUD_CHECK, audits=[ENTRY]),
            "AUDIT_WITHOUT_RECORD",
            False,
            ["If it is not under way", "In the dead-letter queue of the fraud-check"],
        ),
        (
            whereabouts(PROCESSOR, audits=[ENTRY]),
            "DEAD_LETTERED",
            True,
            ["In the dead-letter queue of the processor: pipeline redrive processor"],
        ),
        (
            whereabouts(VALIDATOR),
            "DEAD_LETTERED",
            True,
            ["In the dead-letter queue of the validator: pipeline redrive validator"],
        ),
        (
            whereabouts(VALIDATOR, outcomes=[an_outcome("REJECTED")]),
            "DEAD_LETTERED",
            True,
            ["Rejected (amount: is wrong): correct it and submit it again."],
        ),
        (
            whereabouts(**RECORDED, outcomes=[an_outcome("CONFLICT", "request-2")]),
            "RECORDED",
            True,
            ["Request request-2 came with other content, which was not recorded: ask its sender"],
        ),
        (whereabouts(outcomes=[an_outcome("VALIDATED")]), "IN_PROGRESS", True, ["Between two"]),
        (whereabouts(), "NOT_FOUND", False, ["Never accepted, or accepted this second"]),
        (
            whereabouts(hidden=2),
            "NOT_FOUND",
            False,
            ["Never accepted", "2 dead letters are being redriven or read, and could be about it"],
        ),
        (
            whereabouts(audits=[ENTRY]),
            "AUDIT_WITHOUT_RECORD",
            False,
            ["If it is not under way, submit it again"],
        ),
        (
            whereabouts(records=[ENTRY]),
            "RECORD_WITHOUT_AUDIT",
            False,
            ["Nothing mends this by itself: docs/operations.md"],
        ),
        (
            whereabouts(records=[ENTRY], audits=[OTHER]),
            "AMOUNT_DIFFERS",
            False,
            ["Nothing mends this by itself: docs/operations.md"],
        ),
    ],
)
def test_names_the_state_and_what_helps(
    found: TransactionStatus, state: str, beginnings: list[str], *, settled: bool
) -> None:
    assert found.state == state
    assert found.settled is settled
    advice = found.advice()
    assert len(advice) == len(beginnings)
    assert all(map(str.startswith, advice, beginnings)), advice


def test_reports_everything_it_found() -> None:
    entry = {
        **a_body(amount="1.50"),
        "timestamp": 1_000,
        "requestId": "request-1",
        "apiKeyId": "key",
    }
    del entry["transactionId"]
    assert whereabouts(NOTIFIER, **RECORDED, outcomes=[an_outcome("VALIDATED")]).report() == {
        "transactionId": "order-1",
        "state": "RECORDED",
        "records": [entry],
        "auditObjects": [entry],
        "archived": False,
        "deadLetters": [{"stage": "notifier", "requestId": "request-1", "error": "boom"}],
        "outcomes": [
            {
                "time": "1970-01-01T00:00:01.500+00:00",
                "function": "validator-dev",
                "requestId": "request-1",
                "status": "VALIDATED",
                "reason": "",
            }
        ],
        "nextSteps": ["In the dead-letter queue of the notifier: pipeline redrive notifier"],
    }


@pytest.mark.parametrize(
    ("event", "transaction_id"),
    [
        ({"transaction": {"transactionId": "a"}}, "a"),
        ({"requestPayload": {"transaction": {"transactionId": "b"}}}, "b"),
        ({"responsePayload": {"transactionId": "c"}}, "c"),
        ({"requestPayload": {"responsePayload": {"transactionId": "d"}}}, "d"),
        ({"requestPayload": "nothing"}, None),
        ({"transaction": {"transactionId": 7}}, None),
        ("no object", None),
    ],
)
def test_finds_the_transaction_of_a_dead_letter(event: object, transaction_id: str | None) -> None:
    assert DeadLetter("queue", event, "error").transaction_id == transaction_id


@pytest.mark.parametrize(
    ("event", "decided"),
    [
        ({"responsePayload": {"status": "PROCESSED"}}, True),
        (
            {"requestContext": {"condition": "Success"}, "responsePayload": {"status": "CONFLICT"}},
            True,
        ),
        ({"requestContext": {"condition": "RetriesExhausted"}, "responsePayload": {}}, True),
        ({"requestContext": {"condition": "EventAgeExceeded"}}, True),
        ({"requestContext": SUCCESS, "responsePayload": {"amount": "1"}}, False),
        ({"responsePayload": {"status": "VALIDATED"}}, False),
        ({"requestContext": 7, "responsePayload": ["PROCESSED"]}, False),
        ({"transaction": {"status": "PROCESSED"}}, False),
        ("no object", False),
    ],
)
def test_an_event_is_decided_once_it_holds_an_outcome(event: object, *, decided: bool) -> None:
    assert DeadLetter("stage", event, "error").decided is decided
