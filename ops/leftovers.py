"""What an audit's joins leave over, read once more and singly: the stack changes meanwhile."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ops import entries
from ops.audit_body import proof, proofs_of
from ops.entries import read_version, records_of, versions_of
from ops.foreign import Foreign
from ops.outcomes import Outcome, outcomes_of
from ops.reconciliation import Entry
from ops.stack import Stack

MD5_ENCRYPTION = "AES256"
"""With S3's own keys an ETag is the MD5 of the body, unless the object was uploaded in parts."""
OWNER = "request-id"
"""The metadata of an audit object that hold the request that created it."""


@dataclass(frozen=True)
class Claim:
    """An audit object that cannot be read, and is not proven to be that of the record.

    It is altered if its body is known not to be that of the record.
    """

    owner: str
    altered: bool


@dataclass(frozen=True)
class Transaction:
    """The stored data of a transaction ID."""

    records: list[Entry] = field(default_factory=list)
    audits: list[Entry] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)


@dataclass
class Leftovers:
    """The transactions that were looked at, and the outcomes that concern them."""

    stack: Stack
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    transactions: dict[str, Transaction] = field(default_factory=dict)

    def look_at(self, transaction_ids: Iterable[str], request_ids: Iterable[str]) -> None:
        """Read transactions and outcomes, and what these name in turn."""
        pending, requests = {*transaction_ids}, {*request_ids}
        # Threads may share clients but must not create them.
        _ = self.stack.dynamodb, self.stack.s3
        with ThreadPoolExecutor(entries.READERS) as readers:
            while pending or requests:
                in_order = sorted(pending)
                found = dict(zip(in_order, readers.map(self._read, in_order), strict=True))
                self.transactions |= found
                for one in found.values():
                    requests |= {record.request_id for record in one.records}
                outcomes = outcomes_of(self.stack, requests - self.outcomes.keys())
                self.outcomes |= outcomes
                named = {one.transaction_id for one in outcomes.values()}
                pending, requests = named - self.transactions.keys(), set()

    def _read(self, transaction_id: str) -> Transaction:
        if not transaction_id:
            return Transaction()  # an outcome need not name one
        versions = versions_of(self.stack, f"{transaction_id}.json")
        records, foreign = records_of(self.stack, transaction_id)
        if records and not versions:
            # An object is stored before its record, and now the record is there.
            versions = versions_of(self.stack, f"{transaction_id}.json")
        found = Transaction(records=records, foreign=foreign)
        for version in versions:
            one = read_version(self.stack, version)
            if isinstance(one, Foreign):
                found.foreign.append(one)
            elif isinstance(one, Entry):
                found.audits.append(one)
            else:
                self._prove(found, version)
        return found

    def _prove(self, found: Transaction, version: Mapping[str, Any]) -> None:
        """Add an archived version to the audits if it is proven, or else to the claims."""
        own = proof(version.get("ETag", ""), version.get("Size", 0))
        for record in found.records:
            if own and own in proofs_of(record):
                found.audits.append(record)
                return
        head = self.stack.s3.head_object(
            Bucket=self.stack.outputs.bucket_name,
            Key=version["Key"],
            VersionId=version["VersionId"],
        )
        comparable = own is not None and head.get("ServerSideEncryption") == MD5_ENCRYPTION
        found.claims.append(
            Claim(head["Metadata"].get(OWNER, ""), altered=comparable and bool(found.records))
        )
