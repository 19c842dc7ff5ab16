"""Every accepted request has one account; whatever else there is has a name."""

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
# DynamoDB and the validator write the same amount in their own ways.
RECORD = Entry(CONTENT, 1, "first", "key")
AUDIT = Entry(Content.of(a_body(transactionId="order-1", amount="100.50")), 1, "first", "key")


def kept(
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
    ("accepted", "evidence", "account"),
    [
        (FIRST, kept(), "RECORDED"),
        (FIRST, kept(audit=None, archived={"order-1"}), "RECORDED"),
        (AGAIN, kept(outcomes={"again": {"DUPLICATE"}}), "DUPLICATE"),
        (CHANGED, kept(outcomes={"changed": {"CONFLICT"}}), "CONFLICT"),
        (FIRST, kept(None, None, letters={"first": 1}), "DEAD_LETTERED"),
        # A claim without a record waits for the redrive of its owner ...
        (FIRST, kept(None, letters={"first": 1}), "DEAD_LETTERED"),
        # ... and it is a claim to everyone else.
        (
            CHANGED,
            kept(None, letters={"first": 1}, outcomes={"changed": {"CONFLICT"}}),
            "CONFLICT",
        ),
    ],
)
def test_a_request_that_ended_in_one_place_balances(
    accepted: Accepted, evidence: Evidence, account: str
) -> None:
    ledger = reconcile([accepted], evidence)

    assert ledger.states == {accepted.request_id: account}
    assert (ledger.reconciled, ledger.discrepancies, ledger.inconsistent) == (True, {}, {})


@pytest.mark.parametrize(
    ("accepted", "evidence", "discrepancy"),
    [
        (FIRST, kept(None, None), Discrepancy.LOST),
        (AGAIN, kept(), Discrepancy.LOST),
        (AGAIN, kept(None, None, outcomes={"again": {"DUPLICATE"}}), Discrepancy.LOST),
        (FIRST, kept(letters={"first": 1}), Discrepancy.MULTIPLE_STATES),
        (FIRST, kept(None, None, letters={"first": 2}), Discrepancy.MULTIPLE_STATES),
        (FIRST, kept(outcomes={"first": {"CONFLICT"}}), Discrepancy.MULTIPLE_STATES),
        (AGAIN, kept(outcomes={"again": {"DUPLICATE", "CONFLICT"}}), Discrepancy.MULTIPLE_STATES),
        (AGAIN, kept(outcomes={"again": {"CONFLICT"}}), Discrepancy.WRONG_OUTCOME),
        (CHANGED, kept(outcomes={"changed": {"DUPLICATE"}}), Discrepancy.WRONG_OUTCOME),
        (Accepted("first", OTHER), kept(), Discrepancy.AMOUNT_DIFFERS),
        (
            Accepted("first", Content.of(a_body(transactionId="order-1", source="shop"))),
            kept(),
            Discrepancy.CONTENT_DIFFERS,
        ),
    ],
)
def test_a_request_without_its_one_account_is_named(
    accepted: Accepted, evidence: Evidence, discrepancy: Discrepancy
) -> None:
    ledger = reconcile([accepted], evidence)

    assert ledger.discrepancies == {accepted.request_id: discrepancy}
    assert not ledger.reconciled


@pytest.mark.parametrize(
    ("evidence", "discrepancy"),
    [
        (
            Evidence({"order-1": [RECORD, RECORD]}, {"order-1": [AUDIT]}),
            Discrepancy.MULTIPLE_COPIES,
        ),
        (Evidence({"order-1": [RECORD]}, {"order-1": [AUDIT, AUDIT]}), Discrepancy.MULTIPLE_COPIES),
        (kept(archived={"order-1"}), Discrepancy.MULTIPLE_COPIES),
        (kept(audit=None), Discrepancy.RECORD_WITHOUT_AUDIT),
        (kept(None), Discrepancy.AUDIT_WITHOUT_RECORD),
        (kept(None, None, archived={"order-1"}), Discrepancy.AUDIT_WITHOUT_RECORD),
        (kept(None, letters={"other": 1}), Discrepancy.AUDIT_WITHOUT_RECORD),
        (kept(replace(RECORD, content=OTHER)), Discrepancy.AMOUNT_DIFFERS),
        (
            kept(replace(RECORD, content=EURO)),
            "CONTENT_DIFFERS",
        ),
        (kept(replace(RECORD, timestamp=2)), Discrepancy.CONTENT_DIFFERS),
        (kept(replace(RECORD, request_id="again")), Discrepancy.CONTENT_DIFFERS),
    ],
)
def test_records_and_audit_objects_that_contradict_each_other_are_named(
    evidence: Evidence, discrepancy: Discrepancy
) -> None:
    ledger = reconcile([], evidence)

    assert ledger.inconsistent == {"order-1": discrepancy}
    assert not ledger.reconciled


def test_whoever_shares_a_broken_transaction_is_named_with_it() -> None:
    evidence = kept(audit=None, outcomes={"again": {"DUPLICATE"}})

    ledger = reconcile([FIRST, AGAIN], evidence)

    assert ledger.states == {
        "first": Discrepancy.RECORD_WITHOUT_AUDIT,
        "again": Discrepancy.RECORD_WITHOUT_AUDIT,
    }


def test_counts_every_account_and_those_discrepancies_that_there_are() -> None:
    ledger = reconcile([FIRST, AGAIN], kept())

    assert ledger.counts() == {
        "RECORDED": 1,
        "DUPLICATE": 0,
        "CONFLICT": 0,
        "DEAD_LETTERED": 0,
        "LOST": 1,
    }
