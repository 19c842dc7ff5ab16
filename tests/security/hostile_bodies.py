"""Hostile request bodies with their expected outcomes; {id} is replaced by a new ID.

AWS does not document how its parser treats duplicate keys and byte order marks. The validator
checks every event again, so the worst outcome of a difference is REJECTED.
"""

import json
import re

from contract import FIELDS, audit_key
from ops.transaction import a_body

KIB, MIB = 1_024, 1_048_576
AUDIT_KEY = re.escape(audit_key("{}")).replace(r"\{\}", FIELDS["transactionId"].pattern)
"""The pattern of an audit object's key."""


def body(
    amount: str = "1", currency: str = '"USD"', source: str = '"web"', name: str = "{id}"
) -> str:
    """Return a handwritten body, which no serializer could write."""
    given = zip(FIELDS, (f'"{name}"', amount, currency, source), strict=False)
    written = {key: json.dumps(value) for key, value in a_body().items()} | dict(given)
    return f"{{{', '.join(f'"{key}": {text}' for key, text in written.items())}}}"


def with_key(key: str, value: str = "1") -> str:
    """Return a body with one more key."""
    return f'{body()[:-1]}, "{key}": {value}}}'


AMOUNTS = {
    "1e400": "1e400",
    "minus 1e400": "-1e400",
    "1e-400": "1e-400",
    "minus zero": "-0",
    "minus zero point": "-0.0",
    "40 digits": "1" * 40,
    "5,000 digits": "1" * 5_000,
    "a plus": "+1",
    "octal": "01",
    "no integer": ".5",
    "no fraction": "1.",
    "hexadecimal": "0x10",
    "underscore": "1_0",
    "comma": "1,5",
    "Infinity": "Infinity",
    "NaN": "NaN",
    "true": "true",
    "a string": '"1"',
    "nested 3,000 deep": "[" * 3_000 + "]" * 3_000,
    "an object": '{"$numberDecimal": "1"}',
    "below the lowest": "0.00009999",
    "a cent above the highest": "999999999999.01",
    "Arabic digits": "\u0661",
}
STRINGS = {
    "NUL": '"a\\u0000b"',
    "raw NUL": '"a\0b"',
    "newline": '"a\\nb"',
    "raw newline": '"a\nb"',
    "trailing newline": '"a\\n"',
    "CRLF and a header": '"a\\r\\nX-Evil: 1"',
    "DEL": '"a\\u007fb"',
    "C1 control": '"a\\u0085b"',
    "line separator": '"a\\u2028b"',
    "lone surrogate": '"a\\ud800"',
    "surrogates": '"a\\ud83d\\ude00"',
    "emoji": '"a\U0001f600"',
    "right to left": '"a\u202eb"',
    "Kelvin sign": '"\u212a"',
    "fullwidth": '"\uff21"',
    "combining": '"e\u0301"',
    "mapping template": '"$context.stage #set($x = 1)"',
    "quote": '"a\\"}, \\"requestId\\": \\"forged"',
    "SQL": '"a\'; DROP TABLE t"',
    "empty": '""',
    "space first": '" a"',
    "65 long": f'"{"a" * 65}"',
    "1 MiB long": f'"{"a" * MIB}"',
    "null": "null",
    "a number": "1",
    "a list": '["a"]',
    "bad escape": '"\\x41"',
    "half an escape": '"\\u00"',
}
IDS = {
    "parent": "..",
    "parents": "../../etc/passwd",
    "parent in between": "a/../b",
    "backslash": "..\\\\a",
    "percent": "%2e%2e%2fa",
    "absolute": "/a",
    "space": "a b",
    "bucket": "s3://a/b",
}
KEYS = {
    "prototype": "__proto__",
    "constructor": "constructor",
    "class": "__class__",
    "reference": "$ref",
    "operator": "$where",
    "empty": "",
    "almost": "Amount",
    "NUL": "amount\\u0000",
    "request id": "requestId",
}

REFUSED: dict[str, str | bytes] = {
    **{f"amount: {name}": body(amount=text) for name, text in AMOUNTS.items()},
    **{f"source: {name}": body(source=text) for name, text in STRINGS.items()},
    **{f"currency: {name}": body(currency=text) for name, text in STRINGS.items()},
    **{f"id: {name}": body(name=text[1:-1]) for name, text in STRINGS.items() if text[0] == '"'},
    **{f"id: {name}": body(name=text) for name, text in IDS.items()},
    **{f"key: {name}": with_key(key) for name, key in KEYS.items()},
    "nothing": "",
    "a space": " ",
    "null": "null",
    "an array of it": f"[{body()}]",
    "a string of it": '"{}"',
    "twice": body() * 2,
    "garbage after it": body() + "x",
    "a comment": "/**/" + body(),
    "trailing comma": body()[:-1] + ",}",
    "no-break space": "\u00a0" + body(),
    "form feed": "\f" + body(),
    "100,000 brackets": "[" * 100_000,
    "nested 100,000 deep": "[" * 100_000 + "]" * 100_000,
    "50,000 keys": "{" + ",".join(f'"k{number}": 1' for number in range(50_000)) + "}",
    "5 MiB of a string": body(source=f'"{"a" * 5 * MIB}"'),
    "10 MiB of nothing": " " * 10 * MIB,
    "duplicate key, the last one wrong": body()[:-1] + ', "amount": "x"}',
    "byte order mark": b"\xef\xbb\xbf" + body().encode(),
    "UTF-16": body().encode("utf-16"),
    "UTF-16 without a mark": body().encode("utf-16-le"),
    "UTF-32": body().encode("utf-32"),
    "Latin-1": body(source='"\u00e9"').encode("latin-1"),
    "surrogate in UTF-8": b'{"transactionId": "a\xed\xa0\x80"}',
    "overlong UTF-8": b'{"transactionId": "a\xc0\xaf"}',
    "cut": body()[:-1],
    "form": "transactionId=a&amount=1&currency=USD&source=web",
    "XML": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}

ACCEPTED: dict[str, tuple[str, str, str | None]] = {
    "0.1 + 0.2": (body("0.30000000000000004"), "REJECTED", None),
    "exponent": (body("1E2"), "PROCESSED", "100.00"),
    "zeros": (body("100.50" + "0" * 38), "PROCESSED", "100.50"),
    # Every parser rounds it to the nearest double, which is 100.5.
    "40 digits that no double carries": (body("100.5" + "0" * 36 + "1"), "PROCESSED", "100.50"),
    "5,000 decimals": (body("1." + "1" * 5_000), "REJECTED", "1.1111111111111112"),
    "15 digits": (body("12345678901.1234", '"CLF"'), "PROCESSED", "12345678901.1234"),
    "17 digits": (body("12345678901.12345", '"CLF"'), "REJECTED", "12345678901.12345"),
    "half a yen": (body("1.5", '"JPY"'), "REJECTED", "1.5"),
    "a whole yen": (body("100.0", '"JPY"'), "PROCESSED", "100"),
    "the lowest": (body("0.0001", '"CLF"'), "PROCESSED", "0.0001"),
    "the highest": (body("999999999999"), "PROCESSED", "999999999999.00"),
    "duplicate key": (body()[:-1] + ', "amount": 2}', "PROCESSED", "2.00"),
    "duplicate key, the first one wrong": (
        '{"amount": "x", "source": 1, ' + body()[1:],
        "PROCESSED",
        "1.00",
    ),
    "duplicate id, the first one a path": (
        '{"transactionId": "../../a", ' + body()[1:],
        "PROCESSED",
        "1.00",
    ),
    "escaped key": (body().replace("amount", "\\u0061mount"), "PROCESSED", "1.00"),
    "escaped value": (body(source='"\\u0077eb"'), "PROCESSED", "1.00"),
    "white space": (" \t\r\n" + body() + "\n", "PROCESSED", "1.00"),
    "300 KiB of white space": (body() + " " * 300 * KIB, "PROCESSED", "1.00"),
    "9 MiB of white space": (body() + " " * 9 * MIB, "PROCESSED", "1.00"),
    "64 long": (body(name="{id}".ljust(46, "a")), "PROCESSED", "1.00"),
    "dots": (body(name="{id}.."), "PROCESSED", "1.00"),
    "dashes": (body(name="{id}--"), "PROCESSED", "1.00"),
    "a Python name": (body(name="{id}.__class__.__init__"), "PROCESSED", "1.00"),
    "SQL's comment": (body(source='"a -- b"'), "PROCESSED", "1.00"),
}
