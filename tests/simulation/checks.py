"""What must be true after each call, and at the end of a simulation."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import contract
from ops.entries import entry_of_item
from ops.evidence import DeadLetter
from ops.outcomes import Outcome
from ops.reconciliation import STATE_BY_STATUS, Discrepancy, Entry, Evidence, reconcile
from tests.simulation.aws import Aws, Call, Item
from tests.simulation.workload import Workload

LOSSES = {
    Discrepancy.LOST,
    Discrepancy.AUDIT_WITHOUT_RECORD,
    Discrepancy.RECORD_WITHOUT_OUTCOME,
    Discrepancy.OUTCOME_WITHOUT_DEAD_LETTER,
}
"""What an audit may report of a request in progress, or whose dead-letter message is not sent."""


class Violation(AssertionError):
    """Something that must never be."""


def demand(true: object, claim: str) -> None:
    """Raise Violation unless something is true."""
    if not true:
        raise Violation(claim)


def text_of(item: Item, name: str) -> str:
    """Return the value of an attribute, or an empty text."""
    return next(iter(item.get(name, {"": ""}).values()))


class StoredData:
    """The stored data of one transaction or request, as checks compare it."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def records(self, transaction_id: str) -> list[Item]:
        """Return every version of every record with an ID."""
        return [
            item
            for key, versions in self.aws.tables["transactions"].items()
            if key[0] == transaction_id
            for item in versions
        ]

    def claims(self, transaction_id: str) -> list[dict[str, Any]]:
        """Return every version of the audit object."""
        versions = self.aws.objects.get(contract.audit_key(transaction_id), [])
        return [json.loads(version.body) for version in versions]

    def after(self, call: Call) -> None:
        """Check what a call has changed."""
        given = call.parameters
        match call.operation, given.get("TableName"):
            case "PutObject", _:
                claims = self.claims(call.subject)
                demand(len(claims) < 2, f"{call.subject} is claimed twice")
            case "PutItem", "transactions":
                self._recorded(text_of(given["Item"], "transactionId"))
            case "PutItem", "outcomes":
                self._stored(text_of(given["Item"], "requestId"))
            case "Publish", _:
                message = json.loads(given["Message"])
                request_id = message.get("requestId")
                demand(
                    self.aws.tables["outcomes"].get((request_id,)),
                    f"{request_id}: {message['status']} is published, and no outcome is stored",
                )

    def _recorded(self, transaction_id: str) -> None:
        records, claims = self.records(transaction_id), self.claims(transaction_id)
        demand(len(records) < 2, f"{transaction_id} is recorded twice")
        demand(claims, f"{transaction_id} is recorded before it is claimed")
        demand(
            [*map(_entry, records)] == [_entry(contract.item(claim)) for claim in claims],
            f"{transaction_id}: record and audit object differ",
        )

    def _stored(self, request_id: str) -> None:
        versions = self.aws.tables["outcomes"][request_id,]
        for earlier in versions[:-1]:
            demand(
                text_of(earlier, "status") == "FAILED",
                f"{request_id}: {text_of(earlier, 'status')} is replaced",
            )
            demand(
                text_of(earlier, "apiKeyId") == text_of(versions[-1], "apiKeyId"),
                f"{request_id}: the outcome of another key is replaced",
            )

    def replaced(self) -> int:
        """Count the outcomes that were FAILED, and then were not."""
        return sum(
            text_of(versions[-1], "status") != "FAILED" and len(versions) > 1
            for versions in self.aws.tables["outcomes"].values()
        )

    def settled(self, result: Mapping[str, Any]) -> None:
        """Check what the processor returns against what is stored at that moment."""
        status, name = result["status"], result.get("transactionId", "")
        records, claims = self.records(name), self.claims(name)
        match contract.OUTCOMES[status]:
            case contract.RECORDED | contract.DUPLICATED:
                demand(records, f"{name}: {status} is returned, and there is no record")
                [record] = records
                own = text_of(record, "requestId") == result["requestId"]
                demand(own == (status == "PROCESSED"), f"{name}: {status} of {result['requestId']}")
                demand(
                    str(result["timestamp"]) == text_of(record, "timestamp"),
                    f"{name}: {status} is returned with another time than the record's",
                )
                demand(_same(result, claims[0]), f"{name}: {status} is returned of other content")
            case contract.CONFLICTING:
                demand(claims, f"{name}: CONFLICT is returned, and there is no claim")
                demand(not _same(result, claims[0]), f"{name}: CONFLICT with the same content")


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[name] == other[name] for name in contract.FIELDS if name in other)


def outcomes_in(aws: Aws) -> dict[str, Outcome]:
    """Return the stored outcomes by request ID."""
    return {
        text_of(item, "requestId"): Outcome(
            request_id=text_of(item, "requestId"),
            status=text_of(item, "status"),
            transaction_id=text_of(item, "transactionId"),
        )
        for item in aws.items("outcomes")
    }


def records_in(aws: Aws) -> dict[str, list[Entry]]:
    """Return the entries of the table by transaction ID."""
    found = defaultdict(list)
    for item in aws.items("transactions"):
        found[text_of(item, "transactionId")].append(_entry(item))
    return found


def audits_in(aws: Aws) -> dict[str, list[Entry]]:
    """Return the entry of each version of the audit objects by transaction ID."""
    found = defaultdict(list)
    for versions in aws.objects.values():
        for version in versions:
            body = json.loads(version.body)
            found[body["transactionId"]].append(_entry(contract.item(body)))
    return found


def _entry(item: Item) -> Entry:
    entry = entry_of_item(item)
    if not isinstance(entry, Entry):
        raise Violation(f"{entry.kind} {entry.name} {entry.problem}")
    return entry


def evidence(
    outcomes: Mapping[str, Outcome],
    records: Mapping[str, list[Entry]],
    audits: Mapping[str, list[Entry]],
    dead_letters: list[DeadLetter],
    outcomes_since: float = math.inf,
) -> Evidence:
    """Return the stored data as an audit gathers it."""
    return Evidence(
        records=records,
        audits=audits,
        outcomes=outcomes,
        dead_letters=Counter(one.id for one in dead_letters if not one.decided),
        unnotified={one.id for one in dead_letters if one.decided},
        outcomes_since=outcomes_since,
    )


def check_audit(found: Evidence) -> None:
    """Check that an audit in between reports nothing but what is in progress."""
    result = reconcile([], found)
    for name, discrepancy in {**result.inconsistent, **result.discrepancies}.items():
        demand(discrepancy in LOSSES, f"{name}: an audit in between reports {discrepancy}")


def check_end(
    aws: Aws, workload: Workload, dead_letters: list[DeadLetter], unsent: set[str]
) -> None:
    """Check that each request has one state, which its client and the subscribers were told.

    The dead-letter messages of `unsent` requests were never sent. An audit must report what lacks a
    record or an outcome; that a stored outcome is not published, only an alarm shows.
    """
    demand(not dead_letters, f"{[one.id for one in dead_letters]}: a redrive does not help")
    known = [one for one in workload.requests if one.request_id not in workload.chosen]
    found = evidence(outcomes_in(aws), records_in(aws), audits_in(aws), [], outcomes_since=0)
    result = reconcile([one.accepted for one in known], found)
    touched = workload.transactions(unsent)
    for name, discrepancy in {**result.inconsistent, **result.discrepancies}.items():
        lost = name in unsent | touched or workload.transactions({name}) & touched
        demand(lost and discrepancy in LOSSES, f"{name}: {discrepancy}")
    notified = defaultdict(set)
    for message in aws.messages:
        told = json.loads(message["Message"])
        notified[told.get("requestId")].add(STATE_BY_STATUS[told["status"]])
    stored = {
        (text_of(item, "requestId"), STATE_BY_STATUS[text_of(item, "status")])
        for versions in aws.tables["outcomes"].values()
        for item in versions
    }
    for request_id, state in stored:
        published = state in notified[request_id] or request_id in unsent
        demand(published, f"{request_id}: {state} is stored, and was never published")
    for request in known:
        state = result.states[request.request_id]
        final = notified[request.request_id] - {STATE_BY_STATUS["FAILED"]}
        if request.request_id in unsent:
            reported = isinstance(state, Discrepancy)
            demand(reported or final <= {state}, f"{request.request_id}: nothing reports its loss")
        elif not isinstance(state, Discrepancy):
            demand(final == {state}, f"{request.request_id} is {state}, and published is {final}")
            demand((state == "REJECTED") != request.valid, f"{request.request_id} is {state}")
