"""The file of accepted requests: a line per request, written before anything is printed.

A process that is killed leaves complete lines: the system has each of them once its write returns.
"""

import errno
import json
import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

from ops.input_files import MalformedFile, Submission, decoder, written
from ops.stack import MALFORMED
from ops.submission import ApiResponse

DIGEST_BYTES = 8
REMEDY = "delete the line and resume: its transaction is submitted again, which is safe"


class CutOff(ValueError):
    """The last line of a file is not complete; the message names the line and the remedy."""


@dataclass(frozen=True)
class AcceptedFile:
    """A file that is open for appending; threads write to it without a lock."""

    file: IO[bytes]

    @classmethod
    @contextmanager
    def append(cls, path: Path) -> Iterator["AcceptedFile"]:
        """Open the file; raises OSError and CutOff."""
        with path.open("ab+", buffering=0) as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read() != b"\n":
                    raise CutOff(f"{path}: line {_lines(path)} is cut off; {REMEDY}")
            yield cls(file)

    def add(self, submission: Submission, response: ApiResponse) -> None:
        """Write an accepted request, in one call; raises OSError."""
        line = {
            "requestId": response.request_id,
            "acceptedAt": round(response.responded_at * 1_000),
            "transaction": submission.body,
            "entry": submission.entry,
        }
        content = written(line).encode() + b"\n"
        if self.file.write(content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@dataclass
class Accepted:
    """The digests of the accepted transactions, at the numbers of their entries."""

    path: Path = Path()
    digests: "array[int]" = field(default_factory=lambda: array("Q"))

    @classmethod
    def read(cls, path: Path, entries: int) -> "Accepted":
        """Read what was accepted of a file with this number of entries.

        Raises MalformedFile with the line that `submit` did not write for this file.
        """
        digests = array("Q", bytes(DIGEST_BYTES * (entries + 1)))
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    entry, digest = _read(f"{path}: line {number}", line)
                    if not 1 <= entry <= entries:
                        raise MalformedFile(
                            f"{path}: line {number}: there is no entry {entry}; "
                            "resume with the file that was submitted"
                        )
                    digests[entry] = digest
        except OSError as error:
            raise MalformedFile(
                f"{path}: {error.strerror}; to begin with the first entry, omit --resume"
            ) from error
        return cls(path, digests)

    @property
    def count(self) -> int:
        """Number of accepted entries."""
        return len(self.digests) - self.digests.count(0)

    def check(self, submissions: Iterable[Submission]) -> None:
        """Raise MalformedFile unless the entries are those that were accepted."""
        for one in submissions:
            if self._digest_of(one) not in {0, _digest(one.body)}:
                raise MalformedFile(
                    f"{self.path}: entry {one.entry} was another transaction when it was accepted; "
                    "resume with the file that was submitted"
                )

    def missing(self, submissions: Iterable[Submission]) -> Iterator[Submission]:
        """Yield the submissions that were not accepted."""
        return (one for one in submissions if not self._digest_of(one))

    def _digest_of(self, submission: Submission) -> int:
        return self.digests[submission.entry] if self.digests else 0


def _read(place: str, line: bytes) -> tuple[int, int]:
    """Return the number and the digest of an entry; raises MalformedFile."""
    try:
        found = decoder.decode(line.decode())
        entry = int(found["entry"].text)
        digest = _digest(found["transaction"])
    except MALFORMED as error:
        raise MalformedFile(
            f"{place} is cut off, or was not written by submit; {REMEDY}"
        ) from error
    if not line.endswith(b"\n"):
        raise MalformedFile(f"{place} is cut off; {REMEDY}")
    return entry, digest


def _digest(body: Any) -> int:
    content = json.dumps(body, default=lambda number: number.text, sort_keys=True).encode()
    return int.from_bytes(blake2b(content, digest_size=DIGEST_BYTES).digest()) or 1


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
