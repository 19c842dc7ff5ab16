"""Records and audit objects, and what is none of ours among them."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from contract import item
from ops import entries
from ops.entries import Archived, audit_object_of, audit_objects, entry_of_item
from ops.foreign import Foreign, problems
from ops.reconciliation import Entry
from ops.transaction import Content, a_body
from tests.unit.stacks import a_stack, stubbing

FIELDS = {
    **a_body(transactionId="order-1", amount="1.50"),
    "timestamp": 1,
    "requestId": "request-1",
    "apiKeyId": "key",
}
ENTRY = Entry(Content.of(FIELDS), 1, "request-1", "key")
UNREADABLE: list[tuple[str, object, str]] = [
    ("amount", "much", "number"),
    ("amount", "NaN", "number"),
    ("amount", "sNaN", "number"),
    ("amount", None, "number"),
    ("amount", [1], "number"),
    ("amount", "1e999999", "number"),
    ("timestamp", "now", "number"),
    ("timestamp", float("inf"), "number"),
    ("transactionId", ["order-1"], "text"),
    ("requestId", {}, "text"),
]
KEY = "transactions/order-1.json"


@pytest.fixture(autouse=True)
def _one_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one object after the other: a Stubber answers in order."""
    monkeypatch.setattr(entries, "READERS", 1)


def a_response(body: bytes) -> dict[str, Any]:
    return {"Body": StreamingBody(io.BytesIO(body), len(body))}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in FIELDS.items() if key != name}


def test_an_unclaimed_id_has_no_audit_object() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
        assert audit_object_of(stack, "order-1") is None


def test_an_unreadable_audit_object_is_not_a_missing_one() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_client_error("get_object", "AccessDenied", http_status_code=403)
        with pytest.raises(ClientError, match="AccessDenied"):
            audit_object_of(stack, "order-1")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is not JSON"),
        (b"a text", "is not JSON"),
        (b"\x1f\x8b\x08", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"{}", "has no transactionId"),
        (json.dumps(without("amount")).encode(), "has no amount"),
        (json.dumps(without("apiKeyId")).encode(), "has no apiKeyId"),
        *(
            (json.dumps({**FIELDS, name: value}).encode(), f"{name} is not a {kind}")
            for name, value, kind in UNREADABLE
        ),
        (json.dumps({**FIELDS, "transactionId": "order-2"}).encode(), "has another transactionId"),
    ],
)
def test_an_object_under_the_key_of_an_id_may_be_foreign(body: bytes, problem: str) -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_response("get_object", a_response(body), {"Bucket": "bucket_name", "Key": KEY})
        assert audit_object_of(stack, "order-1") == Foreign("audit object", KEY, problem)


def test_an_archived_audit_object_is_neither_missing_nor_foreign() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_client_error("get_object", "InvalidObjectState", http_status_code=403)
        assert audit_object_of(stack, "order-1") == Archived("order-1")


@pytest.mark.parametrize(
    "listed_as", ["STANDARD", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "INTELLIGENT_TIERING"]
)
@pytest.mark.parametrize("readable", [True, False])
def test_an_object_is_archived_if_it_cannot_be_read_whatever_the_list_calls_it(
    listed_as: str, *, readable: bool
) -> None:
    stack = a_stack()
    version = {"Key": KEY, "VersionId": "v", "IsLatest": True, "StorageClass": listed_as}
    with stubbing(stack.s3) as (s3,):
        s3.add_response("list_object_versions", {"Versions": [version]})
        if readable:
            s3.add_response("get_object", a_response(json.dumps(FIELDS).encode()))
        else:
            s3.add_client_error("get_object", "InvalidObjectState", http_status_code=403)
        found = audit_objects(stack, "")

    entries, archived = ({"order-1": [ENTRY]}, set()) if readable else ({}, {"order-1"})
    assert (found.entries, found.archived, found.foreign) == (entries, archived, [])


def test_an_object_with_another_name_is_foreign_and_not_read() -> None:
    stack = a_stack()
    names = ["", "notes.txt", "order-1", "order-1.json.bak", "old/order-1.json", "-1.json"]
    names.append("\x1b[2J.json")
    versions = [{"Key": f"transactions/{name}", "VersionId": "v"} for name in names]
    with stubbing(stack.s3) as (s3,):
        s3.add_response("list_object_versions", {"Versions": versions})
        found = audit_objects(stack, "")

    quoted = [*names[:-1], "\\u001b[2J.json"]
    assert problems(found.foreign) == dict(
        zip(
            [f"audit object transactions/{name}" for name in quoted[:-1]]
            + [f'audit object "transactions/{quoted[-1]}"'],
            ["has another name"] * len(names),
            strict=True,
        )
    )
    assert (found.entries, found.archived) == ({}, set())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ENTRY),
        ({"note": {"B": b"of someone else"}}, ENTRY),
        ({"amount": {"S": "much"}}, "amount is not of type N"),
        ({"source": {"NULL": True}}, "source is not of type S"),
        ({"amount": None}, "has no amount"),
        ({"requestId": None}, "has no requestId"),
    ],
)
def test_an_item_without_what_the_processor_writes_is_foreign(
    changes: dict[str, Any], found: Entry | str
) -> None:
    changed = {**item(FIELDS), **changes}
    kept = {name: value for name, value in changed.items() if value is not None}

    expected = Foreign("record", "order-1 1", found) if isinstance(found, str) else found
    assert entry_of_item(kept) == expected
