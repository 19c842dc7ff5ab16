"""The records and audit objects of transactions, read as the pipeline writes them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from contract import AUDIT_PREFIX, audit_key, is_well_formed
from ops.evidence import record_of
from ops.foreign import Foreign, item_values, json_object, parse
from ops.pages import version_pages
from ops.reconciliation import Entry
from ops.stack import Stack
from ops.transaction import STORED_AS, Content, field_value

READERS = 10


@dataclass(frozen=True)
class Archived:
    """An audit object that S3 must restore before anyone can read it."""

    transaction_id: str


@dataclass(frozen=True)
class AuditObjects:
    """The audit objects by transaction ID, every version included, and IDs of archived objects."""

    entries: Mapping[str, list[Entry]]
    archived: set[str]
    foreign: list[Foreign]


def entry_of_item(item: Mapping[str, Any]) -> Entry | Foreign:
    """Return the entry of a table item."""
    name = f"{item['transactionId']['S']} {item['timestamp']['N']}"  # the table's key
    return parse("record", name, lambda: _entry_of(item_values(item, STORED_AS)))


def records_of(stack: Stack, transaction_id: str) -> tuple[list[Entry], list[Foreign]]:
    """Return the records with the ID, and the items there that are none."""
    items = [entry_of_item(item) for item in record_of(stack, transaction_id)]
    return (
        [item for item in items if isinstance(item, Entry)],
        [item for item in items if isinstance(item, Foreign)],
    )


def audit_object_of(stack: Stack, transaction_id: str) -> Entry | Archived | Foreign | None:
    """Return the audit object, or None if the ID is not claimed."""
    try:
        return _audit_object(stack, audit_key(transaction_id))
    except stack.s3.exceptions.NoSuchKey:
        return None


def audit_objects(stack: Stack, prefix: str) -> AuditObjects:
    """Return the audit objects whose names start with the prefix."""
    return read_all(stack, versions_of(stack, prefix))


def read_all(stack: Stack, versions: Iterable[Mapping[str, Any]]) -> AuditObjects:
    """Read versions of audit objects."""
    found = AuditObjects(defaultdict(list), set(), [])
    with ThreadPoolExecutor(READERS) as readers:
        for one in readers.map(partial(read_version, stack), versions):
            if isinstance(one, Entry):
                found.entries[one.content.transaction_id].append(one)
            elif isinstance(one, Archived):
                found.archived.add(one.transaction_id)
            else:
                found.foreign.append(one)
    return found


def versions_of(stack: Stack, prefix: str) -> list[dict[str, Any]]:
    """Return the versions of the audit objects that are not deleted, as S3 lists them."""
    found: list[dict[str, Any]] = []
    deleted: set[str] = set()
    for page in version_pages(stack, prefix):
        deleted |= deleted_in(page)
        found += page.get("Versions", [])
    return [version for version in found if version["Key"] not in deleted]


def deleted_in(page: Mapping[str, Any]) -> set[str]:
    """Return the keys on a page of versions whose latest version is a delete marker."""
    return {mark["Key"] for mark in page.get("DeleteMarkers", []) if mark["IsLatest"]}


def transaction_id_in(key: str) -> str | None:
    """Return the transaction ID in the key of an audit object, or None if there is none."""
    transaction_id = key.removeprefix(AUDIT_PREFIX).removesuffix(".json")
    named = is_well_formed("transactionId", transaction_id) and key == audit_key(transaction_id)
    return transaction_id if named else None


def misnamed(key: str) -> Foreign:
    """Return an object whose key no transaction can have."""
    return Foreign("audit object", key, "has another name")


def read_version(stack: Stack, version: Mapping[str, Any]) -> Entry | Archived | Foreign:
    """Read a version of an audit object."""
    return _audit_object(stack, version["Key"], VersionId=version["VersionId"])


def _audit_object(stack: Stack, key: str, **version: Any) -> Entry | Archived | Foreign:
    transaction_id = transaction_id_in(key)
    if transaction_id is None:
        return misnamed(key)
    try:
        found = stack.s3.get_object(Bucket=stack.outputs.bucket_name, Key=key, **version)
    except stack.s3.exceptions.InvalidObjectState:
        # ListObjectVersions is specified to say STANDARD of every version.
        return Archived(transaction_id)
    body = found["Body"].read()
    return parse("audit object", key, lambda: _entry_at(transaction_id, body))


def _entry_at(transaction_id: str, body: bytes) -> Entry:
    entry = _entry_of(json_object(body))
    if entry.content.transaction_id != transaction_id:
        raise ValueError("has another transactionId")
    return entry


def _entry_of(fields: Mapping[str, Any]) -> Entry:
    return Entry(
        content=Content.of(fields),
        timestamp=int(field_value("timestamp", fields["timestamp"])),
        request_id=field_value("requestId", fields["requestId"]),
        api_key_id=field_value("apiKeyId", fields["apiKeyId"]),
    )
