"""Every keyword of the request model is needed, and the validator agrees with the model."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from contract import FIELDS, MINOR_UNITS, OPTIONAL
from ops.transaction import a_body
from template.api_models import REQUEST_IN_WORDS, request_model
from tests.handlers.builders import a_body_without
from tests.template.reading import Json
from validator import validator

MODEL = Draft4Validator(request_model())

type Path = tuple[str, ...]

TEXTS = [name for name, field in FIELDS.items() if field.characters]

# By keyword, a value that this keyword alone rejects.
WRONG: dict[str, Callable[[Json], object]] = {
    "type": lambda schema: 1001 if schema["type"] == "string" else "100.50",
    "pattern": lambda _: "-web",
    "maxLength": lambda schema: "a" * (schema["maxLength"] + 1),
    "minimum": lambda schema: schema["minimum"] * 0.9,
    "maximum": lambda schema: schema["maximum"] + 1,
    "enum": lambda _: "DEM",
}
# A body for each keyword, which this keyword alone rejects.
REJECTED: dict[Path, object] = {
    ("type",): ["a transaction"],
    **{("required", name): a_body_without(name) for name in a_body()},
    ("additionalProperties",): a_body(note="gift"),
    **{
        ("properties", name, keyword): a_body(**{name: WRONG[keyword](field.schema)})
        for name, field in FIELDS.items()
        for keyword in field.schema
    },
}


def keywords(schema: Json, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each keyword in a model, and of each required name."""
    for keyword, value in schema.items():
        if keyword == "properties":
            for name, inner in value.items():
                yield from keywords(inner, (*path, keyword, name))
        elif keyword == "required":
            yield from ((*path, keyword, name) for name in value)
        else:
            yield (*path, keyword)


def model_without(path: Path) -> Draft4Validator:
    schema = deepcopy(request_model())
    place: Any = schema
    *way, last = path
    for key in way:
        place = place[key]
    if isinstance(place, list):
        place.remove(last)
    else:
        del place[last]
    return Draft4Validator(schema)


def test_the_400_names_every_rule_in_a_few_characters_and_no_file() -> None:
    for name, field in FIELDS.items():
        optional = "" if field.required else "optional, "
        assert f" {name} ({optional}{field.hint})" in REQUEST_IN_WORDS
    # What a project adds to our fields may take more.
    assert len(re.sub(r", \w+ \(optional, [^)]*\)", "", REQUEST_IN_WORDS)) <= 160
    assert "docs/" not in REQUEST_IN_WORDS


def test_every_keyword_has_a_case() -> None:
    assert sorted(REJECTED) == sorted(keywords(request_model()))


@pytest.mark.parametrize("path", REJECTED, ids=".".join)
def test_each_keyword_rejects_a_body_that_no_other_rejects(path: Path) -> None:
    assert not MODEL.is_valid(REJECTED[path])
    assert model_without(path).is_valid(REJECTED[path])


def test_has_only_keywords_that_the_gateway_enforces() -> None:
    Draft4Validator.check_schema(request_model())
    assert {path[-2] if "required" in path else path[-1] for path in REJECTED} == {
        "type",
        "required",
        "additionalProperties",
        "pattern",
        "maxLength",
        "minimum",
        "maximum",
        "enum",
    }


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n", "\u0085", "\u2028", " \n"])
@pytest.mark.parametrize("name", TEXTS)
def test_rejects_a_line_ending_wherever_a_dialect_lets_a_dollar_match(
    name: str, ending: str
) -> None:
    assert not MODEL.is_valid(a_body(**{name: f"web{ending}"}))


@pytest.mark.parametrize(
    "body",
    [
        a_body(),
        a_body(amount=0.0001),
        a_body(amount=999_999_999_999),
        *(a_body(**{name: "a"}) for name in TEXTS),
        *(a_body(**{name: "Z" * FIELDS[name].schema["maxLength"]}) for name in TEXTS),
        a_body(transactionId="0" + "._-" * 21, source="0" + " ._-" * 15),
    ],
)
def test_accepts_the_limits_of_every_field(body: Json) -> None:
    assert MODEL.is_valid(body)


NEARLY_NAMES = (
    st.text("aZ09._- \n/\u0661\u00e9", min_size=1, max_size=6)
    | st.sampled_from(["", "a" * 64, "a" * 65, "a\n", "\n", "\uff11", "a\x00"])
    | st.text(max_size=3)
)
NEARLY_AMOUNTS = (
    st.integers(-1, 1_000_000_000_001)
    | st.integers(0, 100_000_000_000_000).map(lambda cents: cents / 100)
    | st.integers(0, 1_000_000_000).map(lambda parts: parts / 10_000)
    | st.floats(0, 1e12)
    | st.sampled_from([0, 0.0001, 0.00009, 1e12, 999_999_999_999.5, 1e11, 1.0, 10**30, -0.0])
    | st.sampled_from(["1", True, False, None, [1], {"amount": 1}, 1e-320, 1.7e308])
)
CURRENCIES = st.sampled_from(sorted(MINOR_UNITS))
NEARLY_CURRENCIES = (
    st.sampled_from(["usd", "USD ", "USD\n", "DEM", "XXX", "XAU", "", "\uff35SD"])
    | st.text("ABCDEUS", min_size=3, max_size=3)
    | st.sampled_from([None, True, 840, ["USD"], {"USD": 2}])
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
GOOD = st.fixed_dictionaries(
    {name: st.just(value) for name, value in a_body().items()}
    | {
        "transactionId": st.sampled_from(["a", "0._-", "Z" * 64]),
        "amount": st.integers(1, 10_000_000_000).map(lambda cents: cents / 100) | NEARLY_AMOUNTS,
        "currency": CURRENCIES,
    },
    optional={name: st.just(FIELDS[name].example) for name in OPTIONAL},
)
NEARLY = {
    **dict.fromkeys(TEXTS, NEARLY_NAMES),
    "amount": NEARLY_AMOUNTS,
    "currency": NEARLY_CURRENCIES,
}


def test_every_field_has_nearly_valid_values() -> None:
    assert NEARLY.keys() == FIELDS.keys()


@st.composite
def bodies(draw: st.DrawFn) -> Any:
    """Return a body with up to two faults."""
    body: Json = draw(GOOD)
    for fault in draw(st.lists(st.sampled_from(["value", "any", "drop", "add"]), max_size=2)):
        name = draw(st.sampled_from(sorted(NEARLY)))
        match fault:
            case "value":
                body[name] = draw(NEARLY[name])
            case "any":
                body[name] = draw(ANYTHING)
            case "drop":
                body.pop(name, None)
            case "add":
                body[draw(st.text())] = draw(ANYTHING)
    return json.loads(json.dumps(body))


@given(bodies() | ANYTHING)
def test_the_validator_agrees_with_the_model_about_any_body(body: Any) -> None:
    try:
        amount = validator.validate(body)
    except validator.InvalidTransaction as error:
        semantic = str(error).startswith("amount: has more than ")
        assert MODEL.is_valid(body) == semantic
    else:
        assert MODEL.is_valid(body)
        assert Decimal(amount) == Decimal(repr(body["amount"]))
        _, _, decimals = amount.partition(".")
        assert len(decimals) == MINOR_UNITS[body["currency"]]
