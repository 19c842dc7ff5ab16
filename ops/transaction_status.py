"""Finds a transaction in all stored data and determines the next steps."""

from dataclasses import dataclass
from typing import Any

import contract
from ops.audit import audits_of, entry_of_item
from ops.evidence import DeadLetter, count_in_flight, dead_letters, record_of
from ops.logged_outcomes import LoggedOutcome, outcomes
from ops.reconciliation import Discrepancy, Entry, Evidence, contradiction
from ops.stack import Stack

REMEDIES = {
    Discrepancy.AUDIT_WITHOUT_RECORD: "If the transaction is not in progress, submit it again. It "
    "is then recorded under its first claim.",
}
OTHERWISE = "This needs manual repair: see the discrepancies in docs/operations.md."
STATES = {
    "IN_PROGRESS": "The transaction is between two stages or being retried. Check again in a few "
    "minutes; if the state is the same, submit it again, which is safe.",
    "NOT_FOUND": "The transaction was never accepted, was accepted a moment ago, or its logs have "
    "expired. Submit it again, which is safe.",
}
ARCHIVED = "The audit object is in Glacier: restore it to read it."
CONFLICTING = "had different content, which was not recorded: ask the client which one is correct."
IN_FLIGHT = "dead-letter messages are in flight and could be related: retry in a minute."


@dataclass(frozen=True)
class TransactionStatus:
    """The stored data of a transaction; `in_flight` dead-letter messages could be related."""

    transaction_id: str
    records: list[Entry]
    audits: list[Entry]
    archived: bool
    dead_letters: list[DeadLetter]
    outcomes: list[LoggedOutcome]
    in_flight: int

    @property
    def discrepancy(self) -> Discrepancy | None:
        """Contradiction between record and audit object."""
        evidence = Evidence(
            records={self.transaction_id: self.records},
            audits={self.transaction_id: self.audits},
            archived={self.transaction_id} if self.archived else set(),
            dead_letters={one.request_id or "": 1 for one in self.dead_letters if not one.decided},
        )
        return contradiction(self.transaction_id, evidence)

    @property
    def state(self) -> str:
        """State of the transaction, in one word."""
        if self.discrepancy:
            return self.discrepancy
        if self.records:
            return "RECORDED"
        if self.dead_letters:
            return "DEAD_LETTERED"
        return "IN_PROGRESS" if self.outcomes else "NOT_FOUND"

    @property
    def settled(self) -> bool:
        """True if the transaction was found without a discrepancy."""
        return not self.discrepancy and self.state != "NOT_FOUND"

    def advice(self) -> list[str]:
        """Return the next steps; empty if there is nothing to do."""
        conflicts = {
            one.request_id
            for one in self.outcomes
            if contract.OUTCOMES.get(one.status) == contract.CONFLICTING
        }
        return [
            *([ARCHIVED] if self.archived else []),
            *([REMEDIES.get(self.discrepancy, OTHERWISE)] if self.discrepancy else []),
            *(
                self._remedy(stage)
                for stage in dict.fromkeys(one.stage for one in self.dead_letters)
            ),
            *(f"Request {request_id} {CONFLICTING}" for request_id in sorted(conflicts)),
            *([STATES[self.state]] if self.state in STATES else []),
            *([f"{self.in_flight} {IN_FLIGHT}"] if self.in_flight else []),
        ]

    def _remedy(self, stage: str) -> str:
        messages = [one for one in self.dead_letters if one.stage == stage]
        requests = {one.request_id for one in messages}
        if any(one.status == "REJECTED" and one.request_id in requests for one in self.outcomes):
            errors = ", ".join(sorted({one.error for one in messages}))
            return f"Rejected ({errors}): correct the transaction and submit it again."
        return f"The transaction is in the {stage}'s dead-letter queue: pipeline redrive {stage}"

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
            "outcomes": [
                {
                    "time": outcome.time,
                    "function": outcome.function,
                    "requestId": outcome.request_id,
                    "status": outcome.status,
                    "reason": outcome.reason,
                }
                for outcome in self.outcomes
            ],
            "nextSteps": self.advice(),
        }


def find(stack: Stack, transaction_id: str) -> TransactionStatus:
    """Find a transaction in the table, the bucket, the dead-letter queues and the logs."""
    in_flight = count_in_flight(stack)
    records = [entry_of_item(item) for item in record_of(stack, transaction_id)]
    audits, archived = audits_of(stack, f"{transaction_id}.json")
    found = [one for one in dead_letters(stack) if one.transaction_id == transaction_id]
    own = audits.get(transaction_id, [])
    # An ID that resembles a card number is not logged; the request IDs are.
    requests = {entry.request_id for entry in (*records, *own)}
    requests |= {one.request_id or "" for one in found}
    mentions = [
        transaction_id,
        *(name for name in requests if contract.is_well_formed("requestId", name)),
    ]
    logged = {
        outcome
        for stage in stack.stages
        for mention in mentions
        for outcome in outcomes(stack, stage.function_name, f'"{mention}"')
        # The ID may be part of another ID or of a source.
        if outcome.transaction_id == transaction_id or outcome.request_id in requests
    }
    return TransactionStatus(
        transaction_id=transaction_id,
        records=records,
        audits=own,
        archived=transaction_id in archived,
        dead_letters=found,
        outcomes=sorted(logged, key=lambda outcome: outcome.logged_at),
        in_flight=in_flight,
    )


def _fields(entry: Entry) -> dict[str, str | int]:
    content = entry.content.fields()
    del content["transactionId"]  # the report contains the ID once
    return {
        "timestamp": entry.timestamp,
        **content,
        "requestId": entry.request_id,
        "apiKeyId": entry.api_key_id,
    }
