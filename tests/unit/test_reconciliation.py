"""An accepted request has an outcome and what it claims, or a named discrepancy."""

from copy import replace
from typing import Any

import pytest

from ops.outcomes import Outcome
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
    outcomes: dict[str, str] | None = None,
    **more: Any,
) -> Evidence:
    """Return evidence of one transaction, with the statuses of requests."""
    return Evidence(
        records={"order-1": [record]} if record else {},
        audits={"order-1": [audit]} if audit else {},
        outcomes={
            request_id: Outcome(request_id, status, "order-1")
            for request_id, status in (outcomes or {}).items()
        },
        **more,
    )


PROCESSED = {"first": "PROCESSED"}
FAILED = {"first": "FAILED"}


@pytest.mark.parametrize(
    ("accepted", "evidence", "state"),
    [
        (FIRST, stored(outcomes=PROCESSED), "RECORDED"),
        (FIRST, stored(audit=None, archived={"order-1"}, outcomes=PROCESSED), "RECORDED"),
        (AGAIN, stored(outcomes=PROCESSED | {"again": "DUPLICATE"}), "DUPLICATE"),
        (CHANGED, stored(outcomes=PROCESSED | {"changed": "CONFLICT"}), "CONFLICT"),
        (FIRST, stored(None, None, outcomes={"first": "REJECTED"}), "REJECTED"),
        (CHANGED, stored(outcomes=PROCESSED | {"changed": "REJECTED"}), "REJECTED"),
        (FIRST, stored(None, None, outcomes=FAILED, dead_letters={"first": 1}), "DEAD_LETTERED"),
        # A stage after the processor failed, or the same event twice.
        (FIRST, stored(outcomes=FAILED, unnotified={"first"}), "DEAD_LETTERED"),
        (FIRST, stored(None, outcomes=FAILED, dead_letters={"first": 2}), "DEAD_LETTERED"),
        # A late failure does not hide the outcome.
        (FIRST, stored(outcomes=PROCESSED, dead_letters={"first": 1}), "RECORDED"),
        (FIRST, stored(outcomes=PROCESSED, unnotified={"first"}), "RECORDED"),
        # The notifier could not store the outcome.
        (FIRST, stored(unnotified={"first"}, outcomes_since=1), "DEAD_LETTERED"),
        # A redrive records a claim without a record ...
        (FIRST, stored(None, outcomes=FAILED, dead_letters={"first": 1}), "DEAD_LETTERED"),
        # ... which is still a claim for other requests.
        (
            CHANGED,
            stored(None, dead_letters={"first": 1}, outcomes={"changed": "CONFLICT"}),
            "CONFLICT",
        ),
        # The record is older than the outcomes, or its outcome has expired.
        (FIRST, stored(), "RECORDED"),
        (FIRST, stored(outcomes_since=2), "RECORDED"),
        (replace(AGAIN, accepted_at=1), stored(expired_before=2), "UNKNOWN"),
    ],
)
def test_a_request_with_what_its_outcome_claims_is_reconciled(
    accepted: Accepted, evidence: Evidence, state: str
) -> None:
    result = reconcile([accepted], evidence)

    assert result.states == {accepted.request_id: state}
    assert (result.reconciled, result.discrepancies, result.inconsistent) == (True, {}, {})


@pytest.mark.parametrize(
    ("accepted", "evidence", "discrepancy"),
    [
        (FIRST, stored(None, None), Discrepancy.LOST),
        (AGAIN, stored(outcomes=PROCESSED), Discrepancy.LOST),
        (replace(AGAIN, accepted_at=2), stored(expired_before=2), Discrepancy.LOST),
        (FIRST, stored(outcomes_since=1), Discrepancy.RECORD_WITHOUT_OUTCOME),
        (FIRST, stored(None, None, outcomes=PROCESSED), Discrepancy.OUTCOME_WITHOUT_RECORD),
        (
            AGAIN,
            stored(None, None, outcomes={"again": "DUPLICATE"}),
            Discrepancy.OUTCOME_WITHOUT_RECORD,
        ),
        (AGAIN, stored(outcomes={"again": "PROCESSED"}), Discrepancy.OUTCOME_WITHOUT_RECORD),
        (FIRST, stored(outcomes=FAILED), Discrepancy.OUTCOME_WITHOUT_DEAD_LETTER),
        (AGAIN, stored(outcomes={"again": "CONFLICT"}), Discrepancy.WRONG_OUTCOME),
        (CHANGED, stored(outcomes={"changed": "DUPLICATE"}), Discrepancy.WRONG_OUTCOME),
        (FIRST, stored(outcomes={"first": "UNHEARD-OF"}), Discrepancy.WRONG_OUTCOME),
        (Accepted("first", OTHER), stored(outcomes=PROCESSED), Discrepancy.AMOUNT_DIFFERS),
        (Accepted("first", OTHER), stored(), Discrepancy.AMOUNT_DIFFERS),
        (
            Accepted("first", Content.of(a_body(transactionId="order-1", source="shop"))),
            stored(outcomes=PROCESSED),
            Discrepancy.CONTENT_DIFFERS,
        ),
    ],
)
def test_a_request_without_what_its_outcome_claims_is_a_discrepancy(
    accepted: Accepted, evidence: Evidence, discrepancy: Discrepancy
) -> None:
    result = reconcile([accepted], evidence)

    assert result.discrepancies == {accepted.request_id: discrepancy}
    assert not result.reconciled


@pytest.mark.parametrize(
    ("evidence", "discrepancies"),
    [
        (stored(outcomes={"again": "PROCESSED"}), {"again": "OUTCOME_WITHOUT_RECORD"}),
        (stored(None, None, outcomes={"b": "DUPLICATE"}), {"b": "OUTCOME_WITHOUT_RECORD"}),
        (stored(None, None, outcomes={"b": "CONFLICT"}), {"b": "OUTCOME_WITHOUT_RECORD"}),
        (stored(outcomes=FAILED), {"first": "OUTCOME_WITHOUT_DEAD_LETTER"}),
        (stored(outcomes={"b": "REJECTED", "c": "DUPLICATE", "d": "CONFLICT"}), {}),
    ],
)
def test_finds_an_outcome_without_what_it_claims_though_no_list_names_its_request(
    evidence: Evidence, discrepancies: dict[str, str]
) -> None:
    result = reconcile([], evidence)

    assert (result.states, result.discrepancies) == ({}, discrepancies)
    assert result.reconciled is not bool(discrepancies)


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
        (stored(outcomes_since=1), Discrepancy.RECORD_WITHOUT_OUTCOME),
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
    evidence = stored(audit=None, outcomes=PROCESSED | {"again": "DUPLICATE"})

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
        "REJECTED": 0,
        "DEAD_LETTERED": 0,
        "UNKNOWN": 0,
        "LOST": 1,
    }
