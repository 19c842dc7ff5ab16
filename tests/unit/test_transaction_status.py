"""The state of a transaction, and the next steps."""

from copy import replace
from typing import Any

import pytest

from ops.evidence import DeadLetter
from ops.foreign import Foreign
from ops.outcomes import Outcome
from ops.reconciliation import Entry
from ops.transaction import Content, a_body
from ops.transaction_status import TransactionStatus

CONTENT = Content.of(a_body(transactionId="order-1", amount="1.50"))
ENTRY = Entry(CONTENT, 1_000, "request-1", "key")
OTHER = replace(ENTRY, content=Content.of(a_body(transactionId="order-1", amount=2)))


def a_dead_letter(stage: str, error: str = "boom", **event: object) -> DeadLetter:
    return DeadLetter(stage, {"requestId": "request-1", **event}, error)


def ended(status: str, request_id: str = "request-1", reason: str = "") -> dict[str, Outcome]:
    return {request_id: Outcome(request_id, status, "order-1", reason)}


def a_status(*dead_letters: DeadLetter, **found: Any) -> TransactionStatus:
    nothing = {"records": [], "audits": [], "archived": False, "requests": {}, "in_flight": 0}
    return TransactionStatus("order-1", dead_letters=[*dead_letters], **{**nothing, **found})


RECORDED: dict[str, Any] = {"records": [ENTRY], "audits": [ENTRY]}
SUCCESS = {"condition": "Success"}
DECIDED: dict[str, Any] = {"responsePayload": {"status": "PROCESSED"}}
NOTIFIER = a_dead_letter("notifier", **DECIDED)
FRAUD_CHECK = a_dead_letter("fraud-check", **DECIDED)
PROCESSOR = a_dead_letter("processor")
VALIDATOR = a_dead_letter("validator", "amount: is wrong")


@pytest.mark.parametrize(
    ("found", "state", "settled", "beginnings"),
    [
        (a_status(**RECORDED), "RECORDED", True, []),
        (
            a_status(records=[ENTRY], archived=True),
            "RECORDED",
            True,
            ["The audit object is in Gla"],
        ),
        (
            a_status(NOTIFIER, **RECORDED),
            "RECORDED",
            True,
            ["The transaction is in the notifier's dead-letter queue: pipeline redrive notifier"],
        ),
        (
            a_status(FRAUD_CHECK, **RECORDED),
            "RECORDED",
            True,
            ["The transaction is in the fraud-check's dead-letter queue: pipeline redrive fraud"],
        ),
        (
            a_status(FRAUD_CHECK, audits=[ENTRY]),
            "AUDIT_WITHOUT_RECORD",
            False,
            ["If the transaction is not", "The transaction is in the fraud-check's"],
        ),
        (
            a_status(PROCESSOR, audits=[ENTRY]),
            "DEAD_LETTERED",
            True,
            ["The transaction is in the processor's dead-letter queue: pipeline redrive processor"],
        ),
        (
            a_status(VALIDATOR),
            "DEAD_LETTERED",
            True,
            ["The transaction is in the validator's dead-letter queue: pipeline redrive validator"],
        ),
        (
            a_status(VALIDATOR, requests=ended("FAILED")),
            "DEAD_LETTERED",
            True,
            ["The transaction is in the validator's dead-letter queue: pipeline redrive validator"],
        ),
        (
            a_status(requests=ended("FAILED")),
            "OUTCOME_WITHOUT_DEAD_LETTER",
            False,
            ["The dead-letter message was redriven a moment ago, was discarded, or has expired."],
        ),
        (
            a_status(requests=ended("PROCESSED")),
            "OUTCOME_WITHOUT_RECORD",
            False,
            ["This needs manual repair: see the discrepancies in docs/op"],
        ),
        (
            a_status(requests=ended("REJECTED", reason="amount: is wrong")),
            "REJECTED",
            True,
            ["Rejected (amount: is wrong): correct the transaction and submit it again."],
        ),
        (
            a_status(**RECORDED, requests=ended("PROCESSED") | ended("REJECTED", "request-2")),
            "RECORDED",
            True,
            [],
        ),
        (
            a_status(**RECORDED, requests=ended("CONFLICT", "request-2")),
            "RECORDED",
            True,
            ["Request request-2 had different content, which was not recorded: ask the client"],
        ),
        (
            a_status(requests={**ended("REJECTED"), "request-2": None}),
            "IN_PROGRESS",
            True,
            ["The transaction is between two"],
        ),
        (
            a_status(**RECORDED, foreign=[Foreign("record", "order-1 2", "has no amount")]),
            "RECORDED",
            False,
            ["Some of the stored data are foreign: find out who wrote them, and delete them."],
        ),
        (a_status(), "NOT_FOUND", False, ["The transaction was never accepted"]),
        (
            a_status(in_flight=2),
            "NOT_FOUND",
            False,
            ["The transaction was never", "2 dead-letter messages are in flight and could be"],
        ),
        (
            a_status(audits=[ENTRY]),
            "AUDIT_WITHOUT_RECORD",
            False,
            ["If the transaction is not in progress, submit it again"],
        ),
        (
            a_status(records=[ENTRY]),
            "RECORD_WITHOUT_AUDIT",
            False,
            ["This needs manual repair: see the discrepancies in docs/op"],
        ),
        (
            a_status(records=[ENTRY], audits=[OTHER]),
            "AMOUNT_DIFFERS",
            False,
            ["This needs manual repair: see the discrepancies in docs/op"],
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
    assert a_status(
        NOTIFIER, **RECORDED, requests={**ended("PROCESSED"), "request-2": None}
    ).report() == {
        "transactionId": "order-1",
        "state": "RECORDED",
        "records": [entry],
        "auditObjects": [entry],
        "archived": False,
        "deadLetters": [{"stage": "notifier", "requestId": "request-1", "error": "boom"}],
        "requests": [
            {"requestId": "request-1", "status": "PROCESSED", "reason": "", "function": ""},
            {"requestId": "request-2", "status": None, "reason": "", "function": ""},
        ],
        "foreign": {},
        "nextSteps": [
            "The transaction is in the notifier's dead-letter queue: pipeline redrive notifier"
        ],
    }
