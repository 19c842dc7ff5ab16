"""Pages are parsed as botocore parses them, and what is no page is left to botocore."""

import json
from typing import Any

import pytest

from benchmarks.audited import Account, Stored, Version, as_written
from ops import pages
from ops.pages import item_pages, parse_items, parse_versions, version_pages

DIFFERENT = {"LastModified", "Owner"}
"""What the fast parser leaves as text; nothing here reads it."""


def an_account() -> Account:
    quoted = Version(b"&<>")
    changes = {3: Stored(versions=[Version(None), *as_written(3).versions])}
    return Account(9, changes, {"transactions/a b&c.json": quoted})


def comparable(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in one.items() if name not in DIFFERENT}
        for one in page.get(kind, [])
    ]


def test_a_page_of_versions_is_what_botocore_makes_of_it() -> None:
    stack = an_account().stack()
    bucket = stack.outputs.bucket_name
    plain = {**stack.s3.list_object_versions(Bucket=bucket, Prefix="transactions/")}

    (page,) = version_pages(stack, "")

    for kind in ("Versions", "DeleteMarkers"):
        expected = comparable(plain, kind)
        if kind == "DeleteMarkers":
            expected = [{**one, "Size": 0} for one in expected]
        assert comparable(page, kind) == expected
    rest = {"Versions", "DeleteMarkers", "ResponseMetadata"}
    assert {k: v for k, v in page.items() if k not in rest} == {
        k: v for k, v in plain.items() if k not in rest
    }


def test_a_page_of_items_is_what_botocore_makes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SEGMENTS", 1)
    stack = an_account().stack()
    plain = stack.dynamodb.scan(TableName=stack.outputs.table_name)["Items"]

    (page,) = item_pages(stack, stack.outputs.table_name)

    assert page == plain


@pytest.mark.parametrize("parse", [parse_items, parse_versions])
@pytest.mark.parametrize(
    "response",
    [
        {"status_code": 200, "body": b"<cut "},
        {"status_code": 503, "body": b"<Error><Code>SlowDown</Code></Error>"},
        {"status_code": 400, "body": json.dumps({"__type": "Throttling"}).encode()},
    ],
)
def test_what_is_no_page_is_left_to_botocore(parse: Any, response: dict[str, Any]) -> None:
    left, parsed = dict(response), dict[str, Any]()

    parse(response_dict=left, customized_response_dict=parsed)

    assert (left, parsed) == (response, {})
