"""The files of transactions and of accepted requests, with numbers as written."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from contract import OUTCOMES
from ops.reconciliation import Accepted
from ops.transaction import Content, a_body

STANDARD_INPUT = Path("-")
CLIENT_ERRORS = ("400", "403", "404", "413", "415", "429")


class MalformedFile(ValueError):
    """The file cannot be read; the message contains the place and the remedy."""


@dataclass(frozen=True)
class JsonNumber:
    """A number as written in the file, without a conversion to float."""

    text: str


@dataclass(frozen=True)
class Submission:
    """A request body and, optionally, its expected outcome or HTTP client error."""

    body: Any
    expect: str | None = None

    @property
    def transaction_id(self) -> str | None:
        """The transaction ID in the body, if there is one."""
        if isinstance(self.body, dict) and isinstance(self.body.get("transactionId"), str):
            return str(self.body["transactionId"])
        return None


_decoder = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber)
_something = re.compile(r"[^ \t\n\r]")


def json_values(text: str) -> list[Any]:
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


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MalformedFile(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MalformedFile(f"{path}: byte {error.start} is not UTF-8") from error


def read_submissions(path: Path) -> list[Submission]:
    """Read a JSON array or one transaction per line; raises MalformedFile.

    `-` is standard input. Each entry is a body or {"expect": ..., "body": ...}.
    """
    with _reading(path):
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
        text = content.decode("utf-8-sig")
    try:
        entries = json_values(text)
        written(entries)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedFile(f"{path}: {place}: {error.msg}") from error
    except RecursionError as error:
        raise MalformedFile(f"{path}: too deeply nested to send") from error
    if len(entries) == 1 and isinstance(entries[0], list):
        (entries,) = entries
    if not entries:
        raise MalformedFile(f"{path}: must hold at least one transaction")
    return [_submission(f"{path}: entry {index}", entry) for index, entry in enumerate(entries, 1)]


def _submission(place: str, entry: object) -> Submission:
    if not isinstance(entry, dict) or "expect" not in entry:
        return Submission(entry)
    if "body" not in entry:
        raise MalformedFile(f'{place}: an entry with "expect" must have a "body"')
    expected = (*OUTCOMES, *CLIENT_ERRORS)
    if entry["expect"] not in expected:
        raise MalformedFile(f"{place}: expect must be one of {', '.join(expected)}")
    return Submission(body=entry["body"], expect=entry["expect"])


def read_accepted(path: Path) -> list[Accepted]:
    """Read {"requestId": ..., "transaction": {...}} from each line; raises MalformedFile.

    A line may hold "acceptedAt", in ms since the epoch.
    """
    with _reading(path):
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    return [_accepted(f"{path}: line {number}", line) for number, line in enumerate(lines, 1)]


def _accepted(place: str, line: str) -> Accepted:
    try:
        # A float would hide a difference between amounts.
        entry = json.loads(line, parse_float=Decimal)
        accepted_at = int(entry["acceptedAt"]) if "acceptedAt" in entry else None
        return Accepted(entry["requestId"], Content.of(entry["transaction"]), accepted_at)
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        fields = ", ".join(f'"{name}": ...' for name in a_body())
        raise MalformedFile(
            f'{place}: must be {{"requestId": ..., "transaction": {{{fields}}}}}'
        ) from error
