"""Accounts for every accepted request: where its transaction is, or what is wrong with it."""

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
"""The outcomes of requests that own no record."""
STATES = (RECORDED, *ELSEWHERE, DEAD_LETTERED)
"""What may become of an accepted request."""


class Discrepancy(StrEnum):
    """What must not; named for what an operator finds."""

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
    """A request that was answered with 202."""

    request_id: str
    content: Content


@dataclass(frozen=True)
class Entry:
    """What a record and its audit object both say."""

    content: Content
    timestamp: int
    request_id: str
    api_key_id: str


@dataclass(frozen=True)
class Evidence:
    """What a stack keeps: entries by transaction id, all else by request id.

    `audits` has an entry for each version of an audit object; of `archived` ones only the existence
    can be seen. `letters` are events without an outcome, `untold` those whose outcome is not
    published; `by_stage` counts all dead-letter messages.
    """

    records: Mapping[str, Sequence[Entry]]
    audits: Mapping[str, Sequence[Entry]]
    archived: Collection[str] = frozenset()
    outcomes: Mapping[str, Collection[str]] = field(default_factory=dict)
    letters: Mapping[str, int] = field(default_factory=dict)
    unnotified: Collection[str] = frozenset()
    by_stage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reconciliation:
    """The account of each request, and each transaction whose evidence contradicts itself."""

    states: Mapping[str, str]
    inconsistent: Mapping[str, Discrepancy]

    @property
    def reconciled(self) -> bool:
        """Whether every request has its one account and nothing is broken."""
        return not self.inconsistent and not self.discrepancies

    @property
    def discrepancies(self) -> dict[str, Discrepancy]:
        """The requests that have no account, each with its name for it."""
        return {
            request_id: account
            for request_id, account in self.states.items()
            if isinstance(account, Discrepancy)
        }

    def counts(self) -> dict[str, int]:
        """Count the requests of each account, those of a discrepancy only if there are any."""
        found = Counter(self.states.values())
        named = [name for name in Discrepancy if name in found]
        return {str(name): found[name] for name in (*STATES, *named)}


def reconcile(accepted: Iterable[Accepted], evidence: Evidence) -> Reconciliation:
    """Account for each request, and check what must hold of every transaction that is kept."""
    broken = {
        transaction_id: discrepancy
        for transaction_id in sorted({*evidence.records, *evidence.audits, *evidence.archived})
        if (discrepancy := contradiction(transaction_id, evidence))
    }
    return Reconciliation({one.request_id: account(one, evidence) for one in accepted}, broken)


def contradiction(transaction_id: str, evidence: Evidence) -> Discrepancy | None:
    """Compare what is recorded of a transaction with what is audited."""
    records = evidence.records.get(transaction_id, [])
    audits = evidence.audits.get(transaction_id, [])
    archived = transaction_id in evidence.archived
    if len(records) > 1 or len(audits) + archived > 1:
        return Discrepancy.MULTIPLE_COPIES
    if not records:
        # A claim whose owner is a dead letter waits for its redrive.
        awaited = all(audit.request_id in evidence.letters for audit in audits)
        return None if awaited and not archived else Discrepancy.AUDIT_WITHOUT_RECORD
    if not audits:
        return None if archived else Discrepancy.RECORD_WITHOUT_AUDIT
    if records == audits:
        return None
    return difference(records[0].content, audits[0].content) or Discrepancy.CONTENT_DIFFERS


def difference(one: Content, other: Content) -> Discrepancy | None:
    """Tell what differs between two contents."""
    if one.amount != other.amount:
        return Discrepancy.AMOUNT_DIFFERS
    return None if one == other else Discrepancy.CONTENT_DIFFERS


def account(accepted: Accepted, evidence: Evidence) -> str:
    """Find the one place where a request ended."""
    request_id, transaction_id = accepted.request_id, accepted.content.transaction_id
    records = evidence.records.get(transaction_id, [])
    places = [
        *{RECORDED for record in records if record.request_id == request_id},
        *evidence.outcomes.get(request_id, ()),
        *[DEAD_LETTERED] * evidence.letters.get(request_id, 0),
    ]
    if len(places) > 1:
        return Discrepancy.MULTIPLE_STATES
    if places == [DEAD_LETTERED]:
        return DEAD_LETTERED
    if broken := contradiction(transaction_id, evidence):
        return broken
    return verdict(places[0], accepted.content, evidence) if places else Discrepancy.LOST


def verdict(place: str, content: Content, evidence: Evidence) -> str:
    """Check the place against what is kept under the transaction's id."""
    records = evidence.records.get(content.transaction_id, [])
    if place == RECORDED:
        return difference(content, records[0].content) or place
    kept = [*records, *evidence.audits.get(content.transaction_id, [])]
    if not kept:
        return Discrepancy.LOST
    same = content == kept[0].content
    return place if same == (ELSEWHERE[place] == DUPLICATED) else Discrepancy.WRONG_OUTCOME
