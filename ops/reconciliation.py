"""Reconciles every accepted request with its outcome and the stored data."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import contract
from ops.foreign import Foreign
from ops.outcomes import Outcome
from ops.transaction import Content

RECORDED, DEAD_LETTERED, UNKNOWN = "RECORDED", "DEAD_LETTERED", "UNKNOWN"
STATE_BY_STATUS = {
    status: {contract.RECORDED: RECORDED, contract.DEAD_LETTERED: DEAD_LETTERED}.get(stored, status)
    for status, stored in contract.OUTCOMES.items()
}
STATES = (*STATE_BY_STATUS.values(), UNKNOWN)
"""The valid states of an accepted request; UNKNOWN if its outcome has expired."""


class Discrepancy(StrEnum):
    """The invalid states of an accepted request."""

    LOST = "LOST"
    MULTIPLE_COPIES = "MULTIPLE_COPIES"
    RECORD_WITHOUT_AUDIT = "RECORD_WITHOUT_AUDIT"
    AUDIT_WITHOUT_RECORD = "AUDIT_WITHOUT_RECORD"
    RECORD_WITHOUT_OUTCOME = "RECORD_WITHOUT_OUTCOME"
    OUTCOME_WITHOUT_RECORD = "OUTCOME_WITHOUT_RECORD"
    OUTCOME_WITHOUT_DEAD_LETTER = "OUTCOME_WITHOUT_DEAD_LETTER"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    CONTENT_DIFFERS = "CONTENT_DIFFERS"
    WRONG_OUTCOME = "WRONG_OUTCOME"


@dataclass(frozen=True)
class Accepted:
    """A request that the API accepted with 202, at a time in ms since the epoch if known."""

    request_id: str
    content: Content
    accepted_at: int | None = None


class Entry(NamedTuple):
    """The fields that a record shares with its audit object."""

    content: Content
    timestamp: int
    request_id: str
    api_key_id: str


@dataclass(frozen=True)
class Evidence:
    """The stored data: entries by transaction ID, outcomes and messages by request ID.

    `audits` has an entry for each version of an audit object; archived objects cannot be read.
    `owners` holds the requests that created archived objects. `altered` ones have another content
    than the record. `dead_letters` counts events without an outcome. `unnotified` holds requests
    whose outcome is not published. `by_stage` counts all dead-letter messages. A record as old as
    `outcomes_since` must have an outcome; that of a request before `expired_before` is gone. Both
    are in ms since the epoch.
    """

    records: Mapping[str, Sequence[Entry]]
    audits: Mapping[str, Sequence[Entry]]
    archived: Collection[str] = frozenset()
    owners: Mapping[str, str] = field(default_factory=dict)
    altered: Collection[str] = frozenset()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    unnotified: Collection[str] = frozenset()
    by_stage: Mapping[str, int] = field(default_factory=dict)
    foreign: Sequence[Foreign] = ()
    outcomes_since: float = math.inf
    expired_before: float = 0

    def dead_lettered(self, request_id: str) -> bool:
        """Return whether a dead-letter message holds the request."""
        return request_id in self.dead_letters or request_id in self.unnotified

    def lacks_outcome(self, record: Entry) -> bool:
        """Return whether the outcome of a record's request is missing."""
        return (
            record.timestamp >= self.outcomes_since
            and record.request_id not in self.outcomes
            and not self.dead_lettered(record.request_id)
        )


@dataclass(frozen=True)
class Reconciliation:
    """The state of each request, and what is inconsistent whoever sent it.

    `inconsistent` is by transaction ID; `unsupported` outcomes are by request ID. `proven` counts
    further requests by their states.
    """

    states: Mapping[str, str]
    inconsistent: Mapping[str, Discrepancy]
    unsupported: Mapping[str, Discrepancy] = field(default_factory=dict)
    foreign: Sequence[Foreign] = ()
    proven: Mapping[str, int] = field(default_factory=dict)

    @property
    def reconciled(self) -> bool:
        """True if there is neither a discrepancy nor foreign data."""
        return not self.inconsistent and not self.discrepancies and not self.foreign

    @property
    def discrepancies(self) -> dict[str, Discrepancy]:
        """Requests with a discrepancy."""
        found = {
            request_id: state
            for request_id, state in self.states.items()
            if isinstance(state, Discrepancy)
        }
        return {**self.unsupported, **found}

    def counts(self) -> dict[str, int]:
        """Count the requests in each state; discrepancies only if there are any."""
        found = Counter(self.states.values()) + Counter(self.proven)
        discrepancies = [name for name in Discrepancy if name in found]
        return {str(name): found[name] for name in (*STATES, *discrepancies)}


def reconcile(accepted: Iterable[Accepted], evidence: Evidence) -> Reconciliation:
    """Determine the state of each request, and check all stored transactions and outcomes."""
    inconsistent = {
        transaction_id: discrepancy
        for transaction_id in sorted({*evidence.records, *evidence.audits, *evidence.archived})
        if (discrepancy := contradiction(transaction_id, evidence))
    }
    unsupported = {
        request_id: discrepancy
        for request_id, outcome in sorted(evidence.outcomes.items())
        if (discrepancy := missing_support(outcome, outcome.transaction_id, evidence))
    }
    states = {one.request_id: state_of(one, evidence) for one in accepted}
    return Reconciliation(states, inconsistent, unsupported, evidence.foreign)


def contradiction(transaction_id: str, evidence: Evidence) -> Discrepancy | None:
    """Return how a transaction's record and audit object contradict each other."""
    records = evidence.records.get(transaction_id, [])
    audits = evidence.audits.get(transaction_id, [])
    archived = transaction_id in evidence.archived
    if len(records) > 1 or len(audits) + archived > 1:
        return Discrepancy.MULTIPLE_COPIES
    if not records:
        # A redrive records the claim of a dead-letter message.
        owners = {audit.request_id for audit in audits}
        owners |= {evidence.owners.get(transaction_id, "")} if archived else set()
        redrivable = owners <= evidence.dead_letters.keys()
        return None if redrivable else Discrepancy.AUDIT_WITHOUT_RECORD
    if not audits and not archived:
        return Discrepancy.RECORD_WITHOUT_AUDIT
    if transaction_id in evidence.altered:
        return Discrepancy.CONTENT_DIFFERS
    if audits and records != audits:
        return difference(records[0].content, audits[0].content) or Discrepancy.CONTENT_DIFFERS
    return Discrepancy.RECORD_WITHOUT_OUTCOME if evidence.lacks_outcome(records[0]) else None


def difference(one: Content, other: Content) -> Discrepancy | None:
    """Return the discrepancy between two contents."""
    if one.amount != other.amount:
        return Discrepancy.AMOUNT_DIFFERS
    return None if one == other else Discrepancy.CONTENT_DIFFERS


def missing_support(
    outcome: Outcome, transaction_id: str, evidence: Evidence
) -> Discrepancy | None:
    """Return what is missing of what an outcome claims to be stored."""
    records = evidence.records.get(transaction_id, [])
    match contract.OUTCOMES.get(outcome.status):
        case contract.RECORDED:
            found = outcome.request_id in {record.request_id for record in records}
        case contract.DUPLICATED:
            found = bool(records)
        case contract.CONFLICTING:
            # The claim of a dead-letter message is recorded by a redrive.
            audits = evidence.audits.get(transaction_id)
            found = bool(records or audits) or transaction_id in evidence.archived
        case contract.DEAD_LETTERED:
            found = evidence.dead_lettered(outcome.request_id)
            return None if found else Discrepancy.OUTCOME_WITHOUT_DEAD_LETTER
        case contract.UNRECORDED:
            return None
        case _:
            return Discrepancy.WRONG_OUTCOME
    return None if found else Discrepancy.OUTCOME_WITHOUT_RECORD


def state_of(accepted: Accepted, evidence: Evidence) -> str:
    """Return the state of a request."""
    transaction_id = accepted.content.transaction_id
    outcome = evidence.outcomes.get(accepted.request_id)
    if outcome is None:
        return state_without_outcome(accepted, evidence)
    stored = contract.OUTCOMES.get(outcome.status)
    if stored not in {contract.UNRECORDED, contract.DEAD_LETTERED} and (
        discrepancy := contradiction(transaction_id, evidence)
    ):
        return discrepancy
    return (
        missing_support(outcome, transaction_id, evidence)
        or contrast(stored, accepted.content, evidence)
        or STATE_BY_STATUS[outcome.status]
    )


def state_without_outcome(accepted: Accepted, evidence: Evidence) -> str:
    """Return the state of a request that has no outcome, or whose outcome has expired."""
    transaction_id = accepted.content.transaction_id
    if evidence.dead_lettered(accepted.request_id):
        return DEAD_LETTERED
    records = evidence.records.get(transaction_id, [])
    if accepted.request_id in {record.request_id for record in records}:
        return (
            contradiction(transaction_id, evidence)
            or difference(accepted.content, records[0].content)
            or RECORDED
        )
    if accepted.accepted_at is not None and accepted.accepted_at < evidence.expired_before:
        return UNKNOWN
    return Discrepancy.LOST


def contrast(stored: str | None, content: Content, evidence: Evidence) -> Discrepancy | None:
    """Return the discrepancy between a request's content, its outcome and the stored data."""
    entries = [
        *evidence.records.get(content.transaction_id, []),
        *evidence.audits.get(content.transaction_id, []),
    ]
    if stored == contract.RECORDED:
        return difference(content, entries[0].content)
    if not entries or stored not in {contract.DUPLICATED, contract.CONFLICTING}:
        return None
    same = content == entries[0].content
    return None if same == (stored == contract.DUPLICATED) else Discrepancy.WRONG_OUTCOME
