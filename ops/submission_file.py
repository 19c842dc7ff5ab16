"""A file of submissions, checked as a whole and then read one at a time, in constant memory."""

import codecs
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from json import JSONDecodeError
from pathlib import Path
from typing import IO, Any

from contract import OUTCOMES
from ops.input_files import (
    ONE_PER_LINE,
    STANDARD_INPUT,
    MalformedFile,
    Submission,
    decoder,
    written,
)

CLIENT_ERRORS = ("400", "403", "404", "413", "415", "429")
CHUNK = 1 << 16
LONGEST = 1 << 25
"""Characters of one entry; API Gateway takes 10 MB."""

_something = re.compile(r"[^ \t\n\r]")


@dataclass
class _Text:
    """The text of a file from the next entry on, with the place of its start."""

    file: IO[bytes]
    text: str = ""
    at: int = 0
    line: int = 1
    column: int = 1
    ended: bool = False
    read: int = 0
    decode: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8-sig")
    )

    def more(self) -> bool:
        """Read on, twice as much each time; return False at the end, raises UnicodeDecodeError."""
        if self.ended:
            return False
        self._drop()
        content = self.file.read(max(CHUNK, len(self.text)))
        pending = len(self.decode.getstate()[0])
        try:
            self.text += self.decode.decode(content, final=not content)
        except UnicodeDecodeError as error:
            error.start += self.read - pending
            raise
        self.read += len(content)
        self.ended = not content
        return True

    def _drop(self) -> None:
        """Forget what was read."""
        read, self.text, self.at = self.text[: self.at], self.text[self.at :], 0
        if lines := read.count("\n"):
            self.line, self.column = self.line + lines, len(read) - read.rfind("\n")
        else:
            self.column += len(read)

    def next(self) -> str:
        """Return the next character that is no white space, empty at the end."""
        while not (found := _something.search(self.text, self.at)):
            self.at = len(self.text)
            if not self.more():
                return ""
        self.at = found.start()
        return found.group()

    def value(self) -> Any:
        """Return the JSON value here; raises JSONDecodeError."""
        while True:
            try:
                value, end = decoder.raw_decode(self.text, self.at)
            except JSONDecodeError:
                if len(self.text) - self.at > LONGEST or not self.more():
                    raise
            else:
                # A number may go on in what is not yet read.
                if end < len(self.text) or not self.more():
                    self.at = end
                    return value

    def place(self, error: JSONDecodeError) -> str:
        """Return the line and column of an error in the text."""
        column = error.colno + (self.column - 1 if error.lineno == 1 else 0)
        return f"line {self.line + error.lineno - 1}, column {column}"


@dataclass
class SubmissionFile:
    """The submissions of a JSON array, or of one transaction per line; raises MalformedFile.

    `-` is standard input. Each entry is a body or {"expect": ..., "body": ...}.
    """

    path: Path
    file: IO[bytes]
    count: int = 0

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["SubmissionFile"]:
        """Yield the file after a check of all its entries."""
        try:
            with path.open("rb") if path.is_file() else _spooled(path) as file:
                found = cls(path, file)
                found.count = sum(1 for _ in found)
                if not found.count:
                    raise MalformedFile(f"{path}: must hold at least one transaction")
                yield found
        except OSError as error:
            if error.filename != str(path):
                raise
            raise MalformedFile(f"{path}: {error.strerror}") from error

    def __iter__(self) -> Iterator[Submission]:
        """Yield each submission with its number."""
        self.file.seek(0)
        for number, entry in enumerate(self._entries(), 1):
            yield _submission(f"{self.path}: entry {number}", entry, number)

    def _entries(self) -> Iterator[Any]:
        text = _Text(self.file)
        start = ""
        try:
            text.more()
            start = text.text[:CHUNK]
            if "\0" in start[:4]:
                raise MalformedFile(f"{self.path}: is encoded as UTF-16; save the file as UTF-8")
            entries = _elements(text) if text.next() == "[" else _values(text)
            for entry in self._checked(entries):
                written(entry)
                yield entry
        except JSONDecodeError as error:
            if _is_csv(start):
                raise MalformedFile(f"{self.path}: is CSV; write {ONE_PER_LINE}") from error
            raise MalformedFile(f"{self.path}: {text.place(error)}: {error.msg}") from error
        except RecursionError as error:
            raise MalformedFile(f"{self.path}: too deeply nested to send") from error
        except UnicodeDecodeError as error:
            if error.start == 0 and error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raise MalformedFile(
                    f"{self.path}: is encoded as UTF-16; save the file as UTF-8"
                ) from error
            raise MalformedFile(f"{self.path}: byte {error.start} is not UTF-8") from error

    def _checked(self, entries: Iterator[Any]) -> Iterator[Any]:
        """Yield the entries, unless a single object holds them in a list."""
        first = next(entries, _NOTHING)
        if first is _NOTHING:
            return
        second = next(entries, _NOTHING)
        if second is _NOTHING and (name := _wrapper(first)):
            raise MalformedFile(
                f"{self.path}: is an object with the list {json.dumps(name)}; "
                f"write the list alone, or {ONE_PER_LINE}"
            )
        yield first
        if second is not _NOTHING:
            yield second
            yield from entries


_NOTHING = object()


def _values(text: _Text) -> Iterator[Any]:
    """Yield consecutive JSON values."""
    while text.next():
        yield text.value()


def _elements(text: _Text) -> Iterator[Any]:
    """Yield the elements of an array, after which nothing follows."""
    text.at += 1
    separator = ","
    while text.next() != "]" or separator != ",":
        yield text.value()
        separator = text.next()
        if separator == "]":
            break
        if separator != ",":
            raise JSONDecodeError("Expecting ',' delimiter", text.text, text.at)
        text.at += 1
        if text.next() == "]":
            raise JSONDecodeError("Illegal trailing comma before end of array", text.text, text.at)
    text.at += 1
    if text.next():
        raise JSONDecodeError("Extra data", text.text, text.at)


@contextmanager
def _spooled(path: Path) -> Iterator[IO[bytes]]:
    """Yield a copy of what can be read only once."""
    with tempfile.TemporaryFile() as copy:
        if path == STANDARD_INPUT:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        else:
            with path.open("rb") as file:
                shutil.copyfileobj(file, copy)
        yield copy


def _is_csv(text: str) -> bool:
    """Return whether the first line has separators, but neither an object nor an array."""
    first, *_ = [*text.strip().splitlines(), ""]
    return bool(re.search(r"[,;\t]", first)) and not re.search(r"[{\[]", first)


def _wrapper(entry: Any) -> str | None:
    """Return the member of an object that holds the transactions, or None."""
    match entry:
        case {"transactionId": _} | {"expect": _}:
            return None
        case dict():
            lists = (name for name, value in entry.items() if isinstance(value, list))
            return next(lists, None)
    return None


def _submission(place: str, entry: object, number: int) -> Submission:
    if not isinstance(entry, dict) or "expect" not in entry:
        return Submission(entry, entry=number)
    if "body" not in entry:
        raise MalformedFile(f'{place}: an entry with "expect" must have a "body"')
    expected = (*OUTCOMES, *CLIENT_ERRORS)
    if entry["expect"] not in expected:
        raise MalformedFile(f"{place}: expect must be one of {', '.join(expected)}")
    return Submission(body=entry["body"], expect=entry["expect"], entry=number)


def read_submissions(path: Path) -> list[Submission]:
    """Return all submissions of a file; raises MalformedFile."""
    with SubmissionFile.open(path) as file:
        return list(file)
