"""Optional fields: which ones are, and what they change."""

import json

import pytest

import contract
from contract import Field
from tests.handlers.builders import a_transaction
from tests.handlers.goldens import IDENTITY


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
    }


def test_an_optional_field_is_part_of_the_identity_if_it_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contract, "OPTIONAL", ["memo", "note"])
    sent = contract.identity(a_transaction(note="rent"))
    assert json.loads(sent) == [*json.loads(IDENTITY), ["note", "rent"]]
    assert contract.identity(a_transaction()) == IDENTITY
