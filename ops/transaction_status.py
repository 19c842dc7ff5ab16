"""Finds one transaction in all the places where it may be, and tells what to do about it."""

from dataclasses import dataclass
from typing import Any

import contract
from ops.audit import audits_of, entry_of_item
from ops.evidence import DeadLetter, count_in_flight, dead_letters, record_of
from ops.logged_outcomes import LoggedOutcome, outcomes
from ops.reconciliation import Discrepancy, Entry, Evidence, contradiction
from ops.stack import Stack

REMEDIES = {
    Discrepancy.AUDIT_WITHOUT_RECORD: "If it is not under way, submit it again: whoever comes next "
    "records it, in the name of its first claim.",
}
OTHERWISE = "Nothing mends this by itself: docs/operations.md, what does not balance."
STATES = {
    "IN_PROGRESS": "Between two functions, or being retried: ask again in a few minutes; if it is "
    "still there, submit it again, which does no harm.",
    "NOT_FOUND": "Never accepted, or accepted this second, or told of in a log that has expired: "
    "submit it again, which does no harm.",
}
ARCHIVED = "Its audit object is in Glacier: only a restore can read it."
CONFLICTING = "came with other content, which was not recorded: ask its sender what is right."
HIDDEN = "dead letters are being redriven or read, and could be about it: ask again in a minute."


@dataclass(frozen=True)
class TransactionStatus:
    """Everything that the stack shows of a transaction; `hidden` letters could be about it."""

    transaction_id: str
    records: list[Entry]
    audits: list[Entry]
    archived: bool
    letters: dict[str, list[DeadLetter]]
    outcomes: list[LoggedOutcome]
    hidden: int

    @property
    def discrepancy(self) -> Discrepancy | None:
        """What record and audit object contradict each other in."""
        settled = [
            letter for letters in self.letters.values() for letter in letters if not letter.decided
        ]
        evidence = Evidence(
            records={self.transaction_id: self.records},
            audits={self.transaction_id: self.audits},
            archived={self.transaction_id} if self.archived else set(),
            letters={letter.request_id or "": 1 for letter in settled},
        )
        return contradiction(self.transaction_id, evidence)

    @property
    def state(self) -> str:
        """Name where it is, in one word."""
        if self.discrepancy:
            return self.discrepancy
        if self.records:
            return "RECORDED"
        if any(self.letters.values()):
            return "DEAD_LETTERED"
        return "IN_PROGRESS" if self.outcomes else "NOT_FOUND"

    @property
    def settled(self) -> bool:
        """Whether it is somewhere, and nothing contradicts that."""
        return not self.discrepancy and self.state != "NOT_FOUND"

    def advice(self) -> list[str]:
        """Tell what to do; nothing, if all is well."""
        return [
            *([ARCHIVED] if self.archived else []),
            *([REMEDIES.get(self.discrepancy, OTHERWISE)] if self.discrepancy else []),
            *(_remedy(stage, self) for stage, letters in self.letters.items() if letters),
            *(f"Request {request_id} {CONFLICTING}" for request_id in self._conflicts()),
            *([STATES[self.state]] if self.state in STATES else []),
            *([f"{self.hidden} {HIDDEN}"] if self.hidden else []),
        ]

    def _conflicts(self) -> list[str]:
        return sorted(
            {
                one.request_id
                for one in self.outcomes
                if contract.OUTCOMES.get(one.status) == contract.CONFLICTING
            }
        )

    def report(self) -> dict[str, Any]:
        """Put it in a form for JSON."""
        return {
            "transactionId": self.transaction_id,
            "state": self.state,
            "records": [_fields(record) for record in self.records],
            "auditObjects": [_fields(audit) for audit in self.audits],
            "archived": self.archived,
            "deadLetters": [
                {"stage": stage, "requestId": letter.request_id, "error": letter.error}
                for stage, letters in self.letters.items()
                for letter in letters
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
    """Look for a transaction in the table, the bucket, the dead-letter queues and the logs."""
    hidden = count_in_flight(stack)
    records = [entry_of_item(item) for item in record_of(stack, transaction_id)]
    audits, archived = audits_of(stack, f"{transaction_id}.json")
    found = [one for one in dead_letters(stack) if one.transaction_id == transaction_id]
    letters: dict[str, list[DeadLetter]] = {
        stage.name: [letter for letter in found if letter.stage == stage.name]
        for stage in stack.stages
    }
    own = audits.get(transaction_id, [])
    # An id that looks like a card is in no log: then the requests tell.
    requests = {entry.request_id for entry in (*records, *own)}
    requests |= {letter.request_id or "" for letter in found}
    mentions = [
        transaction_id,
        *(name for name in requests if contract.is_well_formed("requestId", name)),
    ]
    logged = {
        outcome
        for stage in stack.stages
        for mention in mentions
        for outcome in outcomes(stack, stage.function_name, f'"{mention}"')
        # The id of a transaction may be part of another's, or its source.
        if outcome.transaction_id == transaction_id or outcome.request_id in requests
    }
    return TransactionStatus(
        transaction_id=transaction_id,
        records=records,
        audits=own,
        archived=transaction_id in archived,
        letters=letters,
        outcomes=sorted(logged, key=lambda outcome: outcome.logged_at),
        hidden=hidden,
    )


def _remedy(stage: str, found: TransactionStatus) -> str:
    requests = {letter.request_id for letter in found.letters[stage]}
    rejected = any(
        one.status == "REJECTED" and one.request_id in requests for one in found.outcomes
    )
    if rejected:
        errors = ", ".join(sorted({letter.error for letter in found.letters[stage]}))
        return f"Rejected ({errors}): correct it and submit it again."
    return f"In the dead-letter queue of the {stage}: pipeline redrive {stage}"


def _fields(entry: Entry) -> dict[str, str | int]:
    content = entry.content.fields()
    del content["transactionId"]  # all that is told here has the same
    return {
        "timestamp": entry.timestamp,
        **content,
        "requestId": entry.request_id,
        "apiKeyId": entry.api_key_id,
    }
