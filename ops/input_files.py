"""The files of transactions and of accepted requests, with numbers as written."""

import codecs
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from contract import OUTCOMES
from ops.reconciliation import Accepted
from ops.stack import MALFORMED
from ops.transaction import Content, a_body

STANDARD_INPUT = Path("-")
ONE_PER_LINE = "one JSON object per line"
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


def _is_csv(text: str) -> bool:
    """Return whether the first line has separators, but neither an object nor an array."""
    first, *_ = [*text.strip().splitlines(), ""]
    return bool(re.search(r"[,;\t]", first)) and not re.search(r"[{\[]", first)


def _wrapper(entries: list[Any]) -> str | None:
    """Return the member of a single object that holds the transactions, or None."""
    match entries:
        case [{"transactionId": _} | {"expect": _}]:
            return None
        case [dict(only)]:
            lists = (name for name, value in only.items() if isinstance(value, list))
            return next(lists, None)
    return None


def read_submissions(path: Path) -> list[Submission]:
    """Read a JSON array or one transaction per line; raises MalformedFile.

    `-` is standard input. Each entry is a body or {"expect": ..., "body": ...}.
    """
    text = _text(path)
    try:
        entries = json_values(text)
        written(entries)
    except json.JSONDecodeError as error:
        if _is_csv(text):
            raise MalformedFile(f"{path}: is CSV; write {ONE_PER_LINE}") from error
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedFile(f"{path}: {place}: {error.msg}") from error
    except RecursionError as error:
        raise MalformedFile(f"{path}: too deeply nested to send") from error
    if len(entries) == 1 and isinstance(entries[0], list):
        (entries,) = entries
    if name := _wrapper(entries):
        raise MalformedFile(
            f"{path}: is an object with the list {json.dumps(name)}; "
            f"write the list alone, or {ONE_PER_LINE}"
        )
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
