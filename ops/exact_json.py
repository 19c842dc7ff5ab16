"""JSON that preserves numbers as written, without a conversion to float."""

import json
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JsonNumber:
    """A number as written in the file."""

    text: str


_decoder = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber)
_something = re.compile(r"[^ \t\n\r]")


def values(text: str) -> list[Any]:
    """Return the consecutive JSON values in the text; raises JSONDecodeError."""
    found: list[Any] = []
    end = 0
    while start := _something.search(text, end):
        value, end = _decoder.raw_decode(text, start.start())
        found.append(value)
    return found


def written(value: object) -> str:
    """Return the value as JSON."""
    match value:
        case JsonNumber(text):
            return text
        case dict():
            members = (f"{json.dumps(name)}: {written(member)}" for name, member in value.items())
            return "{" + ", ".join(members) + "}"
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case _:
            return json.dumps(value, allow_nan=False)
