"""Gathers a stack's evidence for reconciliation, page by page."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from ops.entries import audit_objects, entry_of_item
from ops.evidence import count_in_flight, dead_letters
from ops.foreign import Foreign, problems
from ops.outcomes import FOREIGN, Outcome, all_outcomes, outcomes_of, retention_of
from ops.reconciliation import Entry, Evidence, Reconciliation
from ops.stack import Stack


class Unsettled(Exception):
    """The evidence cannot be gathered while dead-letter messages are in flight."""


def gather(stack: Stack, prefix: str = "") -> Evidence:
    """Gather the stored data of transactions whose IDs start with `prefix`.

    Raises Unsettled while dead-letter messages are in flight: any of them could be relevant.
    """
    if in_flight := count_in_flight(stack):
        raise Unsettled(f"{in_flight} dead-letter messages are in flight; retry in a minute.")
    # What an outcome claims was stored before it, so it is read after it.
    outcomes = {outcome.request_id: outcome for outcome in all_outcomes(stack)}
    retention, now = retention_of(stack), time.time() * 1_000
    # The timestamp of a duplicate is the record's, and the retention may have been another.
    stored = (
        max(one.timestamp, one.expires_at * 1_000 - retention)
        for one in outcomes.values()
        if one.status != FOREIGN
    )
    oldest = min(stored, default=now)
    outcomes = {
        request_id: outcome
        for request_id, outcome in outcomes.items()
        if outcome.transaction_id.startswith(prefix)
    }
    foreign = [
        Foreign("outcome", one.request_id, one.reason)
        for one in outcomes.values()
        if one.status == FOREIGN
    ]
    records = defaultdict(list)
    for item in _items(stack, prefix):
        if isinstance(item, Foreign):
            foreign.append(item)
        else:
            records[item.content.transaction_id].append(item)
    audits = audit_objects(stack, prefix)
    foreign += audits.foreign
    undecided: Counter[str] = Counter()
    unnotified: set[str] = set()
    by_stage = {stage.name: 0 for stage in stack.stages}
    for dead_letter in dead_letters(stack):
        request_id = dead_letter.request_id or dead_letter.message_id
        by_stage[dead_letter.stage] += 1
        if dead_letter.foreign:
            # It holds no transaction ID that could start with the prefix.
            foreign += [] if prefix else [dead_letter.foreign]
        elif dead_letter.decided:
            unnotified.add(request_id)
        else:
            undecided[request_id] += 1
    evidence = Evidence(
        records=records,
        audits=audits.entries,
        archived=audits.archived,
        outcomes=outcomes,
        foreign=tuple(foreign),
        dead_letters=undecided,
        unnotified=unnotified,
        by_stage=by_stage,
        outcomes_since=max(oldest, now - retention),
        expired_before=now - retention,
    )
    return replace(evidence, outcomes={**evidence.outcomes, **_late_outcomes(stack, evidence)})


def _late_outcomes(stack: Stack, evidence: Evidence) -> dict[str, Outcome]:
    """Return the outcomes of records that were stored while the evidence was gathered."""
    return outcomes_of(
        stack,
        {
            record.request_id
            for record in chain.from_iterable(evidence.records.values())
            if evidence.lacks_outcome(record)
        },
    )


def report(found: Reconciliation, evidence: Evidence) -> dict[str, Any]:
    """Return a reconciliation and its evidence as JSON."""
    return {
        "reconciled": found.reconciled,
        "stored": {
            "records": sum(map(len, evidence.records.values())),
            "auditObjects": sum(map(len, evidence.audits.values())),
            "archived": len(evidence.archived),
            "outcomes": len(evidence.outcomes),
            "deadLetters": sum(evidence.dead_letters.values()),
            "unnotified": len(evidence.unnotified),
        },
        "deadLetters": evidence.by_stage,
        "requests": found.counts(),
        "discrepancies": found.discrepancies,
        "inconsistent": found.inconsistent,
        "foreign": problems(found.foreign),
    }


def _items(stack: Stack, prefix: str) -> Iterator[Entry | Foreign]:
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.outputs.table_name, ConsistentRead=True
    )
    for page in pages:
        for item in page["Items"]:
            if item["transactionId"]["S"].startswith(prefix):
                yield entry_of_item(item)
