"""Gathers a stack's evidence for reconciliation, page by page."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from typing import Any

from contract import AUDIT_PREFIX
from ops.evidence import count_in_flight, dead_letters
from ops.outcomes import Outcome, all_outcomes, outcomes_of, retention_of
from ops.reconciliation import Entry, Evidence, Reconciliation
from ops.stack import Stack
from ops.transaction import Content

ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
READERS = 10


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
    stored = (max(one.timestamp, one.expires_at * 1_000 - retention) for one in outcomes.values())
    oldest = min(stored, default=now)
    records = defaultdict(list)
    for item in _items(stack, prefix):
        records[item.content.transaction_id].append(item)
    audits, archived = audits_of(stack, prefix)
    undecided: Counter[str] = Counter()
    unnotified: set[str] = set()
    by_stage = {stage.name: 0 for stage in stack.stages}
    for dead_letter in dead_letters(stack):
        request_id = dead_letter.request_id or dead_letter.message_id
        by_stage[dead_letter.stage] += 1
        if dead_letter.decided:
            unnotified.add(request_id)
        else:
            undecided[request_id] += 1
    evidence = Evidence(
        records=records,
        audits=audits,
        archived=archived,
        outcomes={
            request_id: outcome
            for request_id, outcome in outcomes.items()
            if outcome.transaction_id.startswith(prefix)
        },
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
    }


def _items(stack: Stack, prefix: str) -> Iterator[Entry]:
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.outputs.table_name, ConsistentRead=True
    )
    for page in pages:
        for item in page["Items"]:
            entry = entry_of_item(item)
            if entry.content.transaction_id.startswith(prefix):
                yield entry


def audits_of(stack: Stack, prefix: str) -> tuple[dict[str, list[Entry]], set[str]]:
    """Return the audit objects, every version included, and the IDs of archived ones."""
    bucket = stack.outputs.bucket_name
    versions: list[tuple[str, str]] = []
    deleted: set[str] = set()
    archived: set[str] = set()
    pages = stack.s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, Prefix=AUDIT_PREFIX + prefix
    )
    for page in pages:
        deleted |= {mark["Key"] for mark in page.get("DeleteMarkers", []) if mark["IsLatest"]}
        for version in page.get("Versions", []):
            if version.get("StorageClass") in ARCHIVES:
                archived.add(version["Key"].removeprefix(AUDIT_PREFIX).removesuffix(".json"))
            else:
                versions.append((version["Key"], version["VersionId"]))

    def read(version: tuple[str, str]) -> Entry:
        key, version_id = version
        found = stack.s3.get_object(Bucket=bucket, Key=key, VersionId=version_id)
        return _entry_of(json.load(found["Body"]))

    audits = defaultdict(list)
    with ThreadPoolExecutor(READERS) as readers:
        for entry in readers.map(read, (one for one in versions if one[0] not in deleted)):
            audits[entry.content.transaction_id].append(entry)
    return audits, archived


def entry_of_item(item: Mapping[str, Any]) -> Entry:
    """Return the entry of a table item."""
    return _entry_of({name: next(iter(value.values())) for name, value in item.items()})


def _entry_of(fields: dict[str, Any]) -> Entry:
    return Entry(
        content=Content.of(fields),
        timestamp=int(fields["timestamp"]),
        request_id=fields["requestId"],
        api_key_id=fields["apiKeyId"],
    )
