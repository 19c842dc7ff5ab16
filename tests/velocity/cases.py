"""Inputs of the mapping templates: written ones, and random ones that the API lets through."""

import json
import re
import string
from collections.abc import Iterator
from random import Random
from typing import Any

from jsonschema import Draft4Validator

import contract
from contract import FIELDS, OUTCOMES
from ops.transaction import a_body
from template.api_models import request_model
from tests.handlers.builders import API_KEY_ID
from tests.velocity.rendering import TEMPLATES, Case, context

POST, ACCEPTED = "postTransaction request", "postTransaction default"
READS = {"getTransaction": "transactionId", "getRequest": "requestId"}
MODEL = Draft4Validator(request_model())


def is_admitted(body: str) -> bool:
    """Return whether the request validator lets a body through."""
    try:
        parsed = json.loads(body)
        json.dumps(parsed, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return MODEL.is_valid(parsed)


def with_amount(text: str, currency: str = "USD") -> str:
    """Return a body whose amount is written so."""
    return json.dumps(a_body(amount=0, currency=currency)).replace(" 0,", f" {text},")


BODY = json.dumps(a_body())
ADMITTED = [
    BODY,
    *map(with_amount, ["1", "1.0", "1.50", "1e2", "1E+2", "1e-2", "100.50", "0.0001", "0.29"]),
    *map(with_amount, ["999999999999", "999999999998.875", "12345678901.2", "1e11", "1.0e0"]),
    *map(with_amount, ["0.1000000000000000055511151231257827", "123456789012.12345678901234567"]),
    *map(with_amount, ["0.3", "0.30000000000000004", "450359962737.049", "10.00E-1", "2147483648"]),
    with_amount("100", "JPY"),
    with_amount("1.2345", "CLF"),
    f"\n\t {BODY}\r\n ",
    json.dumps(a_body(), indent=4),
    json.dumps(a_body(), separators=(",", ":")),
    json.dumps(dict(reversed(a_body().items()))),
    BODY.replace("web", r"\u0077\u0065b"),
    BODY.replace('"amount"', r'"\u0061mount"'),
    BODY.replace('"source"', '"source": "first", "source"'),
    json.dumps(a_body(transactionId="Z" * 64, source="0" + " ._-" * 15)),
    json.dumps(a_body(transactionId="0", source="a")),
    json.dumps(a_body(source="null")),
    json.dumps(a_body(source="true")),
    json.dumps(a_body(transactionId="1e5")),
    json.dumps(a_body(transactionId="0..--__")),
]
REFUSED = [
    *("", " ", "null", "true", "7", '"text"', "[]", "{}", "[{}]", "{", "}", "[", "nope", "'a'"),
    *('{"a": 1,}', "{a: 1}", "{'a': 1}", '{"a": NaN}', '{"a": Infinity}', '{"a": 01}', '{"a": +1}'),
    *('{"a": .5}', '{"a": 5.}', '{"a": 1 } trailing', '{"a": 1}{"b": 2}', '// a\n{"a": 1}'),
    *('{"a": "\n"}', '{"a": "\t"}', r'{"a": "\x"}', r'{"a": "\u00e9\u2028"}', '{"a": "\u00e9"}'),
    *('{"a": "\U0001f600"}', r'{"a": "\ud83d\ude00"}', '{"a": "</script>"}', '{"a": "a/b"}'),
    *(r'{"a": "\"}, \"requestId\": \"forged"}', '{"a": "$context.stage"}', '{"a": "#set($a = 1)"}'),
    *(
        '{"a": 1e400}',
        '{"a": null}',
        '{"a": [1, [2, {"b": []}]]}',
        '{"": ""}',
        '{"a.b": 1}',
        "\ufeff{}",
    ),
    *map(with_amount, ["-1", "0", "-0.0", "1" + "0" * 30, "1e-400", "true", '"1"', "null"]),
]
REQUEST_IDS = [
    *("", "a", "a" * 64, "a" * 65, "a" * 200, "a b", 'a"b', "a'b", "a\\b", "$context.stage"),
    *("${a}", "#set($a = 1)", "a\tb", "\u00e9", "\u2028", "\U0001f600", "-", "A-Z", "a/b", "$1"),
]
IDS = [
    *("order-1", "a", "a" * 64, "a" * 65, "a" * 3_000, "", ".", "..", "a/b", "a b", 'a"b', "a'b"),
    *('a"}, "TableName": "other', "a\\b", "\\", "$context.identity.apiKeyId", "${a}", "#end"),
    *("a\n", "a\r\nb", "\t", "\u00e9", "\u0661", "\u2028", "\U0001f600", "$1", "\\1", "%2F", "a+b"),
]
RECORD = {name: {kept.stored_as: str(kept.example)} for name, kept in contract.RECORD.items()}
OUTCOME = {
    **{name: RECORD[name] for name in contract.OUTCOME if name in RECORD},
    "status": {"S": "PROCESSED"},
    "expiresAt": {"N": "1769817600"},
}
REASON = {"reason": {"S": 'amount: "1" is \\ no number\n\u00e9'}}


def without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return an item without some attributes."""
    return {name: value for name, value in item.items() if name not in names}


ITEMS = {
    "getTransaction": [RECORD, RECORD | {"amount": {"N": "1"}}, RECORD | {"note": {"S": "more"}}],
    "getRequest": [
        OUTCOME,
        *(OUTCOME | {"status": {"S": status}} | REASON for status in OUTCOMES),
        OUTCOME | {"apiKeyId": {"S": "another"}},
        OUTCOME | {"apiKeyId": {"S": ""}},
        without(OUTCOME, "transactionId"),
        without(OUTCOME, "transactionId", "timestamp"),
        without(OUTCOME, "apiKeyId"),
    ],
}
ERRORS = [
    *('{"Count": 0, "Items": [], "ScannedCount": 0}', '{"Count": 2, "Items": []}', "{}", ""),
    *('{"Items": []}', '{"Count": null}', '{"message": "Internal server error"}'),
]


def page(item: dict[str, Any]) -> str:
    """Return DynamoDB's response with one item."""
    return json.dumps({"Count": 1, "Items": [item], "ScannedCount": 1})


def _admitted() -> Iterator[Case]:
    """Yield written inputs that reach the templates."""
    yield from (Case(POST, body) for body in ADMITTED)
    yield from (Case(name) for name in TEMPLATES if name.endswith(" default"))
    for request_id in REQUEST_IDS:
        yield Case(POST, BODY, context=context(request_id))
        yield Case(ACCEPTED, context=context(request_id))
    yield Case(POST, BODY, context=context(api_key_id=None))
    for operation, parameter in READS.items():
        yield from (Case(f"{operation} request", params={parameter: text}) for text in IDS)
        answers = [*map(page, ITEMS[operation]), *ERRORS]
        yield from (Case(f"{operation} 200", answer) for answer in answers)


WRITTEN = list(_admitted())
FORBIDDEN = [Case(POST, body) for body in REFUSED]


def random_cases(count: int, seed: int) -> Iterator[Case]:
    """Yield as many inputs, equally often of each template that has some."""
    random = Random(seed)
    makers = [_random_post, _random_accepted, _random_read, _random_record, _random_outcome]
    for index in range(count):
        yield makers[index % len(makers)](random)


def _random_text(random: Random, longest: int = 80) -> str:
    """Return text of any characters, among them those that VTL and JSON treat specially."""
    alphabets = ["abcXYZ019._-", " $#{}()[]\"'\\/\n\t!|&", "\u00e9\u0661\u2028\U0001f600\x7f\x01"]
    letters = "".join(random.sample(alphabets, random.randint(1, len(alphabets))))
    return "".join(random.choices(letters, k=random.randint(0, longest)))


def _random_field(random: Random, name: str) -> str:
    """Return the JSON text of a valid value."""
    field = FIELDS[name]
    if "enum" in field.schema:
        return json.dumps(random.choice(field.schema["enum"]))
    if not field.characters:
        return _random_amount(random)
    letters = re.findall(f"[{field.characters}]", string.printable)
    rest = random.choices(letters, k=random.randint(0, field.schema["maxLength"] - 1))
    return json.dumps("".join(["a", *rest]))


def _random_amount(random: Random) -> str:
    """Return the JSON text of an amount, in any notation."""
    value = random.choice(
        [
            random.uniform(0.0001, 1_000),
            random.uniform(1, 999_999_999_999),
            random.randint(1, 10**12 - 1),
            random.randint(1, 10**9) / 100,
            10 ** random.uniform(-3.9, 11.9),
        ]
    )
    notation = random.choice(["{!r}", "{:.4f}", "{:.30f}", "{:.12e}", "{:.12E}"])
    text = notation.format(value)
    return text if is_admitted(with_amount(text)) else "1"


def _random_post(random: Random) -> Case:
    names = [name for name, field in FIELDS.items() if field.required or random.random() < 0.5]
    random.shuffle(names)
    space = random.choice(["", " ", "\n\t"])
    members = [f'{space}"{name}"{space}:{space}{_random_field(random, name)}' for name in names]
    body = "{" + ",".join(members) + space + "}"
    return Case(POST, body, context=context(_random_text(random)))


def _random_accepted(random: Random) -> Case:
    return Case(ACCEPTED, context=context(_random_text(random, 100)))


def _random_read(random: Random) -> Case:
    operation, parameter = random.choice(list(READS.items()))
    return Case(f"{operation} request", params={parameter: _random_text(random)})


def _random_record(random: Random) -> Case:
    item = {
        name: {kind: _random_text(random) if kind == "S" else str(random.randint(1, 10**15))}
        for name, attribute in RECORD.items()
        for kind in attribute
    }
    return Case("getTransaction 200", random.choice([page(item), *ERRORS]))


def _random_outcome(random: Random) -> Case:
    item: dict[str, Any] = OUTCOME | {
        "status": {"S": random.choice(list(OUTCOMES))},
        "transactionId": {"S": _random_text(random)},
        "reason": {"S": _random_text(random)},
        "apiKeyId": {"S": random.choice([API_KEY_ID, _random_text(random)])},
    }
    dropped = random.choice([[], ["reason"], ["transactionId"], ["reason", "transactionId"]])
    return Case("getRequest 200", random.choice([page(without(item, *dropped)), *ERRORS]))
