"""Every accepted request has one state; anything else is a named discrepancy."""

from dataclasses import replace
from typing import Any

import pytest

from ops.reconciliation import Accepted, Discrepancy, Entry, Evidence, reconcile
from ops.transaction import Content, a_body

CONTENT = Content.of(a_body(transactionId="order-1"))
EURO = Content.of(a_body(transactionId="order-1", currency="EUR"))
OTHER = Content.of(a_body(transactionId="order-1", amount=7))
FIRST = Accepted("first", CONTENT)
AGAIN = Accepted("again", CONTENT)
CHANGED = Accepted("changed", OTHER)
# DynamoDB and the validator format the same amount differently.
RECORD = Entry(CONTENT, 1, "first", "key")
AUDIT = Entry(Content.of(a_body(transactionId="order-1", amount="100.50")), 1, "first", "key")


def stored(
    record: Entry | None = RECORD,
    audit: Entry | None = AUDIT,
    **more: Any,
) -> Evidence:
    return Evidence(
        records={"order-1": [record]} if record else {},
        audits={"order-1": [audit]} if audit else {},
        **more,
    )


@pytest.mark.parametrize(
    ("accepted", "evidence", "state"),
    [
        (FIRST, stored(), "RECORDED"),
        (FIRST, stored(audit=None, archived={"order-1"}), "RECORDED"),
        (AGAIN, stored(outcomes={"again": {"DUPLICATE"}}), "DUPLICATE"),
        (CHANGED, stored(outcomes={"changed": {"CONFLICT"}}), "CONFLICT"),
        (FIRST, stored(None, None, dead_letters={"first": 1}), "DEAD_LETTERED"),
        # A redrive records a claim without a record ...
        (FIRST, stored(None, dead_letters={"first": 1}), "DEAD_LETTERED"),
        # ... which is still a claim for other requests.
        (
            CHANGED,
            stored(None, dead_letters={"first": 1}, outcomes={"changed": {"CONFLICT"}}),
            "CONFLICT",
        ),
    ],
)
def test_a_request_in_one_state_is_reconciled(
    accepted: Accepted, evidence: Evidence, state: str
) -> None:
    result = reconcile([accepted], evidence)

    assert result.states == {accepted.request_id: state}
    assert (result.reconciled, result.discrepancies, result.inconsistent) == (True, {}, {})


@pytest.mark.parametrize(
    ("accepted", "evidence", "discrepancy"),
    [
        (FIRST, stored(None, None), Discrepancy.LOST),
        (AGAIN, stored(), Discrepancy.LOST),
        (AGAIN, stored(None, None, outcomes={"again": {"DUPLICATE"}}), Discrepancy.LOST),
        (FIRST, stored(dead_letters={"first": 1}), Discrepancy.MULTIPLE_STATES),
        (FIRST, stored(None, None, dead_letters={"first": 2}), Discrepancy.MULTIPLE_STATES),
        (FIRST, stored(outcomes={"first": {"CONFLICT"}}), Discrepancy.MULTIPLE_STATES),
        (AGAIN, stored(outcomes={"again": {"DUPLICATE", "CONFLICT"}}), Discrepancy.MULTIPLE_STATES),
        (AGAIN, stored(outcomes={"again": {"CONFLICT"}}), Discrepancy.WRONG_OUTCOME),
        (CHANGED, stored(outcomes={"changed": {"DUPLICATE"}}), Discrepancy.WRONG_OUTCOME),
        (Accepted("first", OTHER), stored(), Discrepancy.AMOUNT_DIFFERS),
        (
            Accepted("first", Content.of(a_body(transactionId="order-1", source="shop"))),
            stored(),
            Discrepancy.CONTENT_DIFFERS,
        ),
    ],
)
def test_a_request_without_one_state_is_a_discrepancy(
    accepted: Accepted, evidence: Evidence, discrepancy: Discrepancy
) -> None:
    result = reconcile([accepted], evidence)

    assert result.discrepancies == {accepted.request_id: discrepancy}
    assert not result.reconciled


@pytest.mark.parametrize(
    ("evidence", "discrepancy"),
    [
        (
            Evidence({"order-1": [RECORD, RECORD]}, {"order-1": [AUDIT]}),
            Discrepancy.MULTIPLE_COPIES,
        ),
        (Evidence({"order-1": [RECORD]}, {"order-1": [AUDIT, AUDIT]}), Discrepancy.MULTIPLE_COPIES),
        (stored(archived={"order-1"}), Discrepancy.MULTIPLE_COPIES),
        (stored(audit=None), Discrepancy.RECORD_WITHOUT_AUDIT),
        (stored(None), Discrepancy.AUDIT_WITHOUT_RECORD),
        (stored(None, None, archived={"order-1"}), Discrepancy.AUDIT_WITHOUT_RECORD),
        (stored(None, dead_letters={"other": 1}), Discrepancy.AUDIT_WITHOUT_RECORD),
        (stored(replace(RECORD, content=OTHER)), Discrepancy.AMOUNT_DIFFERS),
        (
            stored(replace(RECORD, content=EURO)),
            "CONTENT_DIFFERS",
        ),
        (stored(replace(RECORD, timestamp=2)), Discrepancy.CONTENT_DIFFERS),
        (stored(replace(RECORD, request_id="again")), Discrepancy.CONTENT_DIFFERS),
    ],
)
def test_contradicting_records_and_audit_objects_are_inconsistent(
    evidence: Evidence, discrepancy: Discrepancy
) -> None:
    result = reconcile([], evidence)

    assert result.inconsistent == {"order-1": discrepancy}
    assert not result.reconciled


def test_a_duplicate_shares_the_discrepancy_of_its_transaction() -> None:
    evidence = stored(audit=None, outcomes={"again": {"DUPLICATE"}})

    result = reconcile([FIRST, AGAIN], evidence)

    assert result.states == {
        "first": Discrepancy.RECORD_WITHOUT_AUDIT,
        "again": Discrepancy.RECORD_WITHOUT_AUDIT,
    }


def test_counts_every_state_and_only_the_discrepancies_found() -> None:
    result = reconcile([FIRST, AGAIN], stored())

    assert result.counts() == {
        "RECORDED": 1,
        "DUPLICATE": 0,
        "CONFLICT": 0,
        "DEAD_LETTERED": 0,
        "LOST": 1,
    }
