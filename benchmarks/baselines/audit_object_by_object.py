"""The audit of before: everything in memory, and each audit object read."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from time import time
from typing import Any

from ops.entries import AuditObjects, entry_of_item, read_all
from ops.evidence import dead_letters
from ops.foreign import Foreign
from ops.outcomes import FOREIGN, Outcome, outcome_of_item, outcomes_of, retention_of
from ops.reconciliation import Accepted, Entry, Evidence, Reconciliation, reconcile
from ops.stack import Stack


@dataclass
class Gathered:
    """The stored data, by transaction ID or request ID."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    records: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    undecided: Counter[str] = field(default_factory=Counter)
    unnotified: set[str] = field(default_factory=set)
    foreign: list[Foreign] = field(default_factory=list)


def audit(stack: Stack, accepted: Iterable[Accepted] = ()) -> Reconciliation:
    """Reconcile accepted requests and all transactions of a stack."""
    found = Gathered()
    _add_outcomes(stack, found)
    _add_records(stack, found)
    audits = _audit_objects(stack)
    _add_dead_letters(stack, found)
    now, retention = time() * 1_000, retention_of(stack)
    stored = (
        max(one.timestamp, one.expires_at * 1_000 - retention)
        for one in found.outcomes.values()
        if one.status != FOREIGN
    )
    evidence = Evidence(
        records=found.records,
        audits=audits.entries,
        archived=audits.archived,
        outcomes=found.outcomes,
        foreign=[*found.foreign, *audits.foreign],
        dead_letters=found.undecided,
        unnotified=found.unnotified,
        outcomes_since=max(min(stored, default=now), now - retention),
        expired_before=now - retention,
    )
    records = chain.from_iterable(found.records.values())
    late = {one.request_id for one in records if evidence.lacks_outcome(one)}
    found.outcomes |= outcomes_of(stack, late)
    return reconcile(accepted, evidence)


def _scan(stack: Stack, table: str) -> Iterable[Mapping[str, Any]]:
    pages = stack.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return chain.from_iterable(page["Items"] for page in pages)


def _add_outcomes(stack: Stack, found: Gathered) -> None:
    for one in map(outcome_of_item, _scan(stack, stack.outputs.outcomes_table_name)):
        found.outcomes[one.request_id] = one
        if one.status == FOREIGN:
            found.foreign.append(Foreign("outcome", one.request_id, one.reason))


def _add_records(stack: Stack, found: Gathered) -> None:
    for one in map(entry_of_item, _scan(stack, stack.outputs.table_name)):
        if isinstance(one, Foreign):
            found.foreign.append(one)
        else:
            found.records[one.content.transaction_id].append(one)


def _audit_objects(stack: Stack) -> AuditObjects:
    versions: list[Mapping[str, Any]] = []
    deleted: set[str] = set()
    pages = stack.s3.get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=stack.outputs.bucket_name, Prefix="transactions/"):
        deleted |= {mark["Key"] for mark in page.get("DeleteMarkers", []) if mark["IsLatest"]}
        versions += page.get("Versions", [])
    return read_all(stack, (one for one in versions if one["Key"] not in deleted))


def _add_dead_letters(stack: Stack, found: Gathered) -> None:
    for one in dead_letters(stack):
        if one.foreign:
            found.foreign.append(one.foreign)
        elif one.decided:
            found.unnotified.add(one.id)
        else:
            found.undecided[one.id] += 1
