"""The files of transactions and of accepted requests, with numbers as written."""

import codecs
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ops.reconciliation import Accepted
from ops.stack import MALFORMED
from ops.transaction import Content, a_body

STANDARD_INPUT = Path("-")
ONE_PER_LINE = "one JSON object per line"


class MalformedFile(ValueError):
    """The file cannot be read; the message contains the place and the remedy."""


class MalformedText(ValueError):
    """The text is not one JSON value; the message contains the place."""


@dataclass(frozen=True)
class JsonNumber:
    """A number as written in the file, without a conversion to float."""

    text: str


@dataclass(frozen=True)
class Submission:
    """A request body and, optionally, its expected outcome or HTTP client error."""

    body: Any
    expect: str | None = None
    entry: int = field(default=0, compare=False)
    """Its number in the file."""

    @property
    def transaction_id(self) -> str | None:
        """The transaction ID in the body, if there is one."""
        if isinstance(self.body, dict) and isinstance(self.body.get("transactionId"), str):
            return str(self.body["transactionId"])
        return None

    def shown(self, nameless: str = "(no id)") -> str:
        """Return the ID, JSON-quoted if it contains control characters."""
        name = self.transaction_id or nameless
        return name if name.isprintable() else json.dumps(name)


decoder = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber)


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


def _text(path: Path) -> str:
    """Return the text of a file; `-` is standard input."""
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
        _check_encoding(path, content)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise MalformedFile(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MalformedFile(f"{path}: byte {error.start} is not UTF-8") from error


def _check_encoding(path: Path, content: bytes) -> None:
    """Raise MalformedFile if the content begins as UTF-16 does."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content[:4]:
        raise MalformedFile(f"{path}: is encoded as UTF-16; save the file as UTF-8")


def read_body(text: str) -> Any:
    """Return the JSON value of a text, with numbers as written; raises MalformedText."""
    try:
        value = decoder.decode(text)
        written(value)
    except json.JSONDecodeError as error:
        raise MalformedText(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise MalformedText("too deeply nested to send") from error
    return value


def read_accepted(path: Path) -> Iterator[Accepted]:
    """Yield the {"requestId": ..., "transaction": {...}} of each line; raises MalformedFile.

    A line may hold "acceptedAt", in ms since the epoch.
    """
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            yield _accepted(f"{path}: line {number}", line)


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file, which need not fit into memory."""
    start, encoding = 0, "utf-8-sig"
    try:
        with sys.stdin.buffer if path == STANDARD_INPUT else path.open("rb") as file:
            for line in file:
                _check_encoding(path, line if start == 0 else b"")
                yield line.decode(encoding)
                start, encoding = start + len(line), "utf-8"
    except OSError as error:
        raise MalformedFile(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MalformedFile(f"{path}: byte {start + error.start} is not UTF-8") from error


def _accepted(place: str, line: str) -> Accepted:
    try:
        # API and functions read a number as a double, and write its shortest decimal.
        entry = json.loads(line, parse_float=lambda text: Decimal(repr(float(text))))
        accepted_at = int(entry["acceptedAt"]) if "acceptedAt" in entry else None
        return Accepted(entry["requestId"], Content.of(entry["transaction"]), accepted_at)
    except MALFORMED as error:
        fields = ", ".join(f'"{name}": ...' for name in a_body())
        raise MalformedFile(
            f'{place}: must be {{"requestId": ..., "transaction": {{{fields}}}}}'
        ) from error
