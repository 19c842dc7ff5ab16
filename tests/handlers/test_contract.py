"""The contract: what travels between the stages, and the bytes that are stored of it."""

import hashlib
import json
from typing import Any

import pytest

import contract
import destination
from contract import FIELDS, RECORD, REQUIRED, RETURNED, Field
from destination import InvalidRecord
from tests.handlers.builders import REQUEST_ID, a_record, a_transaction, an_outcome
from tests.handlers.goldens import (
    AUDIT_OBJECT,
    AUDIT_OBJECT_MD5,
    FINGERPRINT,
    IDENTITY,
    ITEM,
)

LAST_MOMENT = 253_402_300_799_999


def test_the_identity_of_a_transaction_has_the_bytes_of_old_fingerprints() -> None:
    assert contract.identity(a_transaction()) == IDENTITY
    assert hashlib.sha256(IDENTITY).hexdigest() == FINGERPRINT


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_that_a_client_sends_is_part_of_the_identity(name: str) -> None:
    assert contract.identity(a_transaction(**{name: "7"})) != IDENTITY


@pytest.mark.parametrize("name", contract.PROVENANCE)
def test_the_identity_does_not_depend_on_the_request(name: str) -> None:
    assert contract.identity(a_transaction(**{name: "7"})) == IDENTITY


def test_an_audit_object_has_the_same_bytes_whatever_the_order_of_the_fields() -> None:
    backwards = dict(reversed(a_transaction().items()))
    assert contract.canonical_json(a_transaction()) == AUDIT_OBJECT
    assert contract.canonical_json(backwards) == AUDIT_OBJECT


def test_the_etag_of_an_audit_object_is_the_md5_of_its_bytes() -> None:
    found = hashlib.md5(contract.canonical_json(a_transaction()), usedforsecurity=False)
    assert found.hexdigest() == AUDIT_OBJECT_MD5


def test_an_audit_object_is_ascii() -> None:
    assert contract.canonical_json({"source": "é\u2028"}) == b'{"source":"\\u00e9\\u2028"}'


def test_an_item_has_a_typed_value_for_each_field() -> None:
    assert contract.item(a_transaction()) == ITEM
    assert contract.item({"amount": "1.0"}) == {"amount": {"N": "1.0"}}


def test_an_audit_object_is_found_by_the_id() -> None:
    assert contract.audit_key("order-1001") == "transactions/order-1001.json"


def test_a_text_has_one_rule_for_its_schema_its_pattern_and_its_words() -> None:
    field = contract.text("a-z _-", 8, example="a b", required=False)
    assert vars(field) == {
        "schema": {
            "type": "string",
            "pattern": r"^[A-Za-z0-9][a-z _-]*(?![\s\S])",
            "maxLength": 8,
        },
        "rule": "1 to 8 of a-z space _ -, starting with a letter or digit",
        "pattern": "[A-Za-z0-9][a-z _-]{0,7}",
        "example": "a b",
        "required": False,
        "stored_as": "S",
        "characters": "a-z _-",
        "hint": "1-8 of a-z _-",
    }


def test_a_field_is_required_unless_it_says_otherwise() -> None:
    assert contract.text("a-z", 8, example="a").required
    field = Field({"type": "string"}, "any text", ".*", example="a")
    assert vars(field) == {
        "schema": {"type": "string"},
        "rule": "any text",
        "pattern": ".*",
        "example": "a",
        "required": True,
        "stored_as": "S",
        "characters": "",
        "hint": "",
    }


def test_an_optional_field_is_part_of_the_identity_if_it_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contract, "OPTIONAL", ["memo", "note"])
    sent = contract.identity(a_transaction(note="rent"))
    assert json.loads(sent) == [*json.loads(IDENTITY), ["note", "rent"]]
    assert contract.identity(a_transaction()) == IDENTITY


def test_the_optional_fields_come_last() -> None:
    """The validator joins the required ones; the record is written in this order."""
    assert list(FIELDS) == [*REQUIRED, *contract.OPTIONAL]


@pytest.mark.parametrize("name", RECORD)
def test_the_example_of_each_field_is_well_formed(name: str) -> None:
    value: Any = RECORD[name].example
    if name == "amount":
        assert isinstance(value, float)
        value = str(value)
    assert contract.is_well_formed(name, value)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("transactionId", ["a", "Z", "0", "a" * 64, "0._-"]),
        ("amount", ["0", "100.50", "999999999999.0000", "0.0001", "0.0000000000000001"]),
        ("currency", ["USD", "XXX"]),
        ("source", ["a", "a" * 64, "0 ._-"]),
        ("timestamp", [0, LAST_MOMENT]),
        ("requestId", ["-", "AZaz-09", "a" * 64]),
        ("apiKeyId", ["", "AZaz-09", "a" * 64]),
    ],
)
def test_a_well_formed_value_may_travel(name: str, values: list[object]) -> None:
    assert [value for value in values if not contract.is_well_formed(name, value)] == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("transactionId", [7, "", "-a", "a/b", "a b", "a\n", "a" * 65, "\u0661"]),
        ("amount", [100.5, "", "1e3", "-1", "+1", "1.", ".5", "1" * 13, "1\n", "\u0661"]),
        ("amount", ["1." + "1" * 17]),
        ("currency", [["USD"], "usd", "US", "USDT", "USD\n", "€€€"]),
        ("source", ["", " web", "web\n", "a" * 65, "a/b"]),
        ("timestamp", ["1", 1.0, True, -1, LAST_MOMENT + 1, 10**5_000]),
        ("requestId", [7, "", "a_b", "a b", "a\n", "a" * 65, "é"]),
        ("apiKeyId", ["a_b", "a\n", "a" * 65, "é"]),
        *((name, [None, [], {}, "\n", "a\x00"]) for name in RECORD),
    ],
)
def test_a_malformed_value_may_not_travel(name: str, values: list[object]) -> None:
    assert [value for value in values if contract.is_well_formed(name, value)] == []


def test_the_well_formed_fields_are_kept_and_nothing_else() -> None:
    assert contract.well_formed(a_transaction(note="gift")) == a_transaction()
    assert contract.well_formed({"source": "\n", "currency": "USD", "status": "FAILED"}) == {
        "currency": "USD"
    }
    assert contract.well_formed({}) == {}


@pytest.mark.parametrize("event", [[], None, {}, {"version": "2.0"}])
def test_what_is_not_a_destination_record_is_refused(event: object) -> None:
    with pytest.raises(InvalidRecord) as caught:
        destination.record_of(event)
    assert str(caught.value) == "version: must be 1.0, that of a destination record"


def processed(response: object) -> dict[str, Any]:
    return a_record("validator", {}, response)


def test_a_record_holds_the_transaction_in_the_order_of_the_fields() -> None:
    backwards = dict(reversed(a_transaction(note="gift").items()))
    found = destination.transaction_in(processed(backwards))
    assert list(found.items()) == list(a_transaction().items())


@pytest.mark.parametrize("payload", [None, [], "text", 7])
def test_a_record_without_a_transaction_is_refused(payload: object) -> None:
    with pytest.raises(InvalidRecord) as caught:
        destination.transaction_in(processed(payload))
    assert str(caught.value) == "responsePayload: must be a transaction"


@pytest.mark.parametrize("name", RECORD)
def test_a_missing_or_malformed_field_is_named(name: str) -> None:
    faulty = [a_transaction(**{name: "\n"})]
    if name not in contract.OPTIONAL:
        faulty.append({key: value for key, value in a_transaction().items() if key != name})
    for transaction in faulty:
        with pytest.raises(InvalidRecord) as caught:
            destination.transaction_in(processed(transaction))
        assert str(caught.value) == f"responsePayload.{name}: is missing or malformed"


def test_of_several_faults_the_first_field_is_named() -> None:
    with pytest.raises(InvalidRecord, match=r"^responsePayload\.transactionId: "):
        destination.transaction_in(processed({}))


@pytest.mark.parametrize("status", ["PROCESSED", "DUPLICATE", "CONFLICT"])
def test_an_outcome_is_the_status_and_then_the_transaction(status: str) -> None:
    found = destination.outcome_in(processed(an_outcome(status)))
    assert list(found.items()) == [("status", status), *a_transaction().items()]


@pytest.mark.parametrize("status", ["FAILED", "VALIDATED", "", None, 7, ["PROCESSED"]])
def test_a_status_that_no_stage_returns_is_refused(status: object) -> None:
    with pytest.raises(InvalidRecord) as caught:
        destination.outcome_in(processed(a_transaction(status=status)))
    assert str(caught.value) == (f"responsePayload.status: must be one of {', '.join(RETURNED)}")


@pytest.mark.parametrize("status", ["CONFLICT", "REJECTED"])
def test_what_is_settled_is_passed_on_as_it_is(status: str) -> None:
    payload = {"status": status, "anything": ["else"]}
    assert destination.settled_in(processed(payload)) is payload


@pytest.mark.parametrize(
    "payload",
    [None, [], "REJECTED", {}, {"status": "PROCESSED"}, {"status": "DUPLICATE"}, {"status": []}],
)
def test_anything_else_is_not_settled(payload: object) -> None:
    assert destination.settled_in(processed(payload)) is None


def test_a_malformed_transaction_has_no_outcome() -> None:
    with pytest.raises(InvalidRecord, match=r"^responsePayload\.source: is missing or malformed$"):
        destination.outcome_in(processed(an_outcome(source=None)))


DIGITS = "a6188ad4-361c-4c2b-ac12-34567890123e"
"""A UUID with as many digits in a row as a card number."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("order-1001", "order-1001"),
        (REQUEST_ID, REQUEST_ID),
        ("41111111-1111-4111-8111-111111111111", "41111111-1111-4111-8111-111111111111"),
        ("41111111-1111-4111-8111-11111111111", "(card-like)1-11111111111"),
        (f"order-{DIGITS}.json: {DIGITS}", f"order-{DIGITS}.json: {DIGITS}"),
        (f"4{DIGITS}", "4a6188ad4-361c-4c2b-ac(card-like)e"),
        (f"{DIGITS}-4111111111111111", f"{DIGITS}-(card-like)"),
        ("4" * 12, "4" * 12),
        ("4" * 13, "(card-like)"),
        ("4" * 19, "(card-like)"),
        ("4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("4111.1111_1111-1111", "(card-like)"),
        ("4..4444444444444", "4..(card-like)"),
        ("a4111111111111111b4111111111111111c", "a(card-like)b(card-like)c"),
    ],
)
def test_what_looks_like_a_card_number_is_masked(text: str, shown: str) -> None:
    assert contract.masked(text) == shown
