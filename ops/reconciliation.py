"""Reconciles every accepted request with the stored data."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from contract import CONFLICTING, DUPLICATED, OUTCOMES
from ops.transaction import Content

RECORDED, DEAD_LETTERED = "RECORDED", "DEAD_LETTERED"
ELSEWHERE = {
    status: stored for status, stored in OUTCOMES.items() if stored in {DUPLICATED, CONFLICTING}
}
"""The outcomes of requests that do not own a record."""
STATES = (RECORDED, *ELSEWHERE, DEAD_LETTERED)
"""The valid states of an accepted request."""


class Discrepancy(StrEnum):
    """The invalid states of an accepted request."""

    LOST = "LOST"
    MULTIPLE_COPIES = "MULTIPLE_COPIES"
    MULTIPLE_STATES = "MULTIPLE_STATES"
    RECORD_WITHOUT_AUDIT = "RECORD_WITHOUT_AUDIT"
    AUDIT_WITHOUT_RECORD = "AUDIT_WITHOUT_RECORD"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    CONTENT_DIFFERS = "CONTENT_DIFFERS"
    WRONG_OUTCOME = "WRONG_OUTCOME"


@dataclass(frozen=True)
class Accepted:
    """A request that the API accepted with 202."""

    request_id: str
    content: Content


@dataclass(frozen=True)
class Entry:
    """The fields that a record shares with its audit object."""

    content: Content
    timestamp: int
    request_id: str
    api_key_id: str


@dataclass(frozen=True)
class Evidence:
    """The stored data: entries by transaction ID, outcomes and messages by request ID.

    `audits` has an entry for each version of an audit object; archived objects cannot be read.
    `dead_letters` counts events without an outcome. `unnotified` holds requests whose outcome is
    not published. `by_stage` counts all dead-letter messages.
    """

    records: Mapping[str, Sequence[Entry]]
    audits: Mapping[str, Sequence[Entry]]
    archived: Collection[str] = frozenset()
    outcomes: Mapping[str, Collection[str]] = field(default_factory=dict)
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    unnotified: Collection[str] = frozenset()
    by_stage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reconciliation:
    """The state of each request, and each transaction with inconsistent stored data."""

    states: Mapping[str, str]
    inconsistent: Mapping[str, Discrepancy]

    @property
    def reconciled(self) -> bool:
        """True if there is no discrepancy."""
        return not self.inconsistent and not self.discrepancies

    @property
    def discrepancies(self) -> dict[str, Discrepancy]:
        """Requests with a discrepancy."""
        return {
            request_id: state
            for request_id, state in self.states.items()
            if isinstance(state, Discrepancy)
        }

    def counts(self) -> dict[str, int]:
        """Count the requests in each state; discrepancies only if there are any."""
        found = Counter(self.states.values())
        discrepancies = [name for name in Discrepancy if name in found]
        return {str(name): found[name] for name in (*STATES, *discrepancies)}


def reconcile(accepted: Iterable[Accepted], evidence: Evidence) -> Reconciliation:
    """Determine the state of each request, and check all stored transactions."""
    inconsistent = {
        transaction_id: discrepancy
        for transaction_id in sorted({*evidence.records, *evidence.audits, *evidence.archived})
        if (discrepancy := contradiction(transaction_id, evidence))
    }
    return Reconciliation(
        {one.request_id: state_of(one, evidence) for one in accepted}, inconsistent
    )


def contradiction(transaction_id: str, evidence: Evidence) -> Discrepancy | None:
    """Return how a transaction's record and audit object contradict each other."""
    records = evidence.records.get(transaction_id, [])
    audits = evidence.audits.get(transaction_id, [])
    archived = transaction_id in evidence.archived
    if len(records) > 1 or len(audits) + archived > 1:
        return Discrepancy.MULTIPLE_COPIES
    if not records:
        # A redrive records the claim of a dead-letter message.
        redrivable = all(audit.request_id in evidence.dead_letters for audit in audits)
        return None if redrivable and not archived else Discrepancy.AUDIT_WITHOUT_RECORD
    if not audits:
        return None if archived else Discrepancy.RECORD_WITHOUT_AUDIT
    if records == audits:
        return None
    return difference(records[0].content, audits[0].content) or Discrepancy.CONTENT_DIFFERS


def difference(one: Content, other: Content) -> Discrepancy | None:
    """Return the discrepancy between two contents."""
    if one.amount != other.amount:
        return Discrepancy.AMOUNT_DIFFERS
    return None if one == other else Discrepancy.CONTENT_DIFFERS


def state_of(accepted: Accepted, evidence: Evidence) -> str:
    """Return the state of a request."""
    request_id, transaction_id = accepted.request_id, accepted.content.transaction_id
    records = evidence.records.get(transaction_id, [])
    states = [
        *{RECORDED for record in records if record.request_id == request_id},
        *evidence.outcomes.get(request_id, ()),
        *[DEAD_LETTERED] * evidence.dead_letters.get(request_id, 0),
    ]
    if len(states) > 1:
        return Discrepancy.MULTIPLE_STATES
    if states == [DEAD_LETTERED]:
        return DEAD_LETTERED
    if discrepancy := contradiction(transaction_id, evidence):
        return discrepancy
    return checked(states[0], accepted.content, evidence) if states else Discrepancy.LOST


def checked(state: str, content: Content, evidence: Evidence) -> str:
    """Return the state, or the discrepancy between the request and the stored data."""
    records = evidence.records.get(content.transaction_id, [])
    if state == RECORDED:
        return difference(content, records[0].content) or state
    stored = [*records, *evidence.audits.get(content.transaction_id, [])]
    if not stored:
        return Discrepancy.LOST
    same = content == stored[0].content
    return state if same == (ELSEWHERE[state] == DUPLICATED) else Discrepancy.WRONG_OUTCOME
