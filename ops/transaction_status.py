"""Finds a transaction in all stored data and determines the next steps."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import contract
from ops.entries import audit_objects, records_of
from ops.evidence import DeadLetter, count_in_flight, dead_letters
from ops.foreign import Foreign, problems
from ops.logged_outcomes import logged_outcomes
from ops.outcomes import Outcome, outcomes_of
from ops.reconciliation import (
    DEAD_LETTERED,
    RECORDED,
    Discrepancy,
    Entry,
    Evidence,
    contradiction,
    missing_support,
)
from ops.stack import Stack

REMEDIES = {
    Discrepancy.AUDIT_WITHOUT_RECORD: "If the transaction is not in progress, submit it again. It "
    "is then recorded under its first claim.",
    Discrepancy.OUTCOME_WITHOUT_DEAD_LETTER: "The dead-letter message was redriven a moment ago, "
    "was discarded, or has expired. Check again in a few minutes; if the state is the same, submit "
    "the transaction again, which is safe.",
}
NOT_OURS = "Some of the stored data are foreign: find out who wrote them, and delete them."
OTHERWISE = "This needs manual repair: see the discrepancies in docs/operations.md."
STATES = {
    "IN_PROGRESS": "The transaction is between two stages or being retried. Check again in a few "
    "minutes; if the state is the same, submit it again, which is safe.",
    "NOT_FOUND": "The transaction was never accepted, was accepted a moment ago, or its logs have "
    "expired. Submit it again, which is safe.",
}
ARCHIVED = "The audit object is in Glacier: restore it to read it."
REJECTED = "correct the transaction and submit it again."
CONFLICTING = "had different content, which was not recorded: ask the client which one is correct."
IN_QUEUE = "The transaction is in the {0}'s dead-letter queue: pipeline redrive {0}"
IN_FLIGHT = "dead-letter messages are in flight and could be related: retry in a minute."


@dataclass(frozen=True)
class TransactionStatus:
    """The stored data of a transaction; `in_flight` dead-letter messages could be related.

    `requests` are in the order of their IDs; the outcome of one in progress is None.
    """

    transaction_id: str
    records: list[Entry]
    audits: list[Entry]
    archived: bool
    dead_letters: list[DeadLetter]
    requests: dict[str, Outcome | None]
    in_flight: int
    foreign: Sequence[Foreign] = ()

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes of the requests that have one."""
        return [outcome for outcome in self.requests.values() if outcome]

    @property
    def discrepancy(self) -> Discrepancy | None:
        """Contradiction between record, audit object and outcomes."""
        evidence = Evidence(
            records={self.transaction_id: self.records},
            audits={self.transaction_id: self.audits},
            archived={self.transaction_id} if self.archived else set(),
            dead_letters={one.request_id or "": 1 for one in self.dead_letters if not one.decided},
            unnotified={one.request_id or "" for one in self.dead_letters if one.decided},
        )
        unsupported = (missing_support(one, self.transaction_id, evidence) for one in self.outcomes)
        return contradiction(self.transaction_id, evidence) or next(filter(None, unsupported), None)

    @property
    def state(self) -> str:
        """State of the transaction, in one word."""
        if self.discrepancy:
            return self.discrepancy
        if self.records:
            return RECORDED
        if self.dead_letters:
            return DEAD_LETTERED
        if not self.requests:
            return "NOT_FOUND"
        return "IN_PROGRESS" if None in self.requests.values() else self.outcomes[-1].status

    @property
    def settled(self) -> bool:
        """True if the transaction was found with neither a discrepancy nor foreign data."""
        return not self.discrepancy and self.state != "NOT_FOUND" and not self.foreign

    def advice(self) -> list[str]:
        """Return the next steps; empty if there is nothing to do."""
        stored = {one.request_id: contract.OUTCOMES.get(one.status) for one in self.outcomes}
        conflicts = [name for name, kind in stored.items() if kind == contract.CONFLICTING]
        rejected = [
            f"Rejected ({one.reason}): {REJECTED}"
            for one in self.outcomes
            if one.status == self.state
        ]
        stages = dict.fromkeys(one.stage for one in self.dead_letters)
        return [
            *([NOT_OURS] if self.foreign else []),
            *([ARCHIVED] if self.archived else []),
            *([REMEDIES.get(self.discrepancy, OTHERWISE)] if self.discrepancy else []),
            *(IN_QUEUE.format(stage) for stage in stages),
            *(f"Request {request_id} {CONFLICTING}" for request_id in conflicts),
            *dict.fromkeys(rejected),
            *([STATES[self.state]] if self.state in STATES else []),
            *([f"{self.in_flight} {IN_FLIGHT}"] if self.in_flight else []),
        ]

    def report(self) -> dict[str, Any]:
        """Return the status as JSON."""
        return {
            "transactionId": self.transaction_id,
            "state": self.state,
            "records": [_fields(record) for record in self.records],
            "auditObjects": [_fields(audit) for audit in self.audits],
            "archived": self.archived,
            "deadLetters": [
                {"stage": one.stage, "requestId": one.request_id, "error": one.error}
                for one in self.dead_letters
            ],
            "requests": [
                {
                    "requestId": request_id,
                    "status": outcome.status if outcome else None,
                    "reason": outcome.reason if outcome else "",
                    "function": outcome.function if outcome else "",
                }
                for request_id, outcome in self.requests.items()
            ],
            "foreign": problems(self.foreign),
            "nextSteps": self.advice(),
        }


def find(stack: Stack, name: str) -> TransactionStatus | None:
    """Find a transaction by its ID, or by the ID of a request that has an outcome.

    A client can choose the ID of a request, so that of a transaction comes first. None if the name
    is neither.
    """
    found = None
    if contract.is_well_formed("transactionId", name):
        found = find_transaction(stack, name)
        if found.state != "NOT_FOUND":
            return found
    outcome = outcomes_of(stack, {name}).get(name)
    if outcome and outcome.transaction_id:
        return find_transaction(stack, outcome.transaction_id, {name})
    return found


def find_transaction(
    stack: Stack, transaction_id: str, known: Collection[str] = ()
) -> TransactionStatus:
    """Find a transaction in the tables, the bucket, the dead-letter queues and the logs.

    `known` are IDs of its requests; the logs of earlier ones may have expired.
    """
    in_flight = count_in_flight(stack)
    records, foreign = records_of(stack, transaction_id)
    audits = audit_objects(stack, f"{transaction_id}.json")
    found = [one for one in dead_letters(stack) if one.transaction_id == transaction_id]
    own = audits.entries.get(transaction_id, [])
    requests = {*known, *(entry.request_id for entry in (*records, *own))}
    requests |= {one.request_id for one in found if one.request_id}
    requests |= {
        line.request_id
        for stage in stack.stages
        for line in logged_outcomes(stack, stage.function_name, f'"{transaction_id}"')
        # The ID may be part of another ID or of a source.
        if line.transaction_id == transaction_id
    }
    outcomes = outcomes_of(stack, requests)
    return TransactionStatus(
        transaction_id=transaction_id,
        records=records,
        audits=own,
        archived=transaction_id in audits.archived,
        dead_letters=found,
        requests={
            request_id: _outcome_of(transaction_id, outcomes.get(request_id))
            for request_id in sorted(requests)
        },
        in_flight=in_flight,
        foreign=[*foreign, *audits.foreign],
    )


def _outcome_of(transaction_id: str, outcome: Outcome | None) -> Outcome | None:
    """Return the outcome if it is that of the transaction: clients can use a request ID twice."""
    return outcome if outcome and outcome.transaction_id == transaction_id else None


def _fields(entry: Entry) -> dict[str, str | int]:
    content = entry.content.fields()
    del content["transactionId"]  # the report contains the ID once
    return {
        "timestamp": entry.timestamp,
        **content,
        "requestId": entry.request_id,
        "apiKeyId": entry.api_key_id,
    }
