"""Transactions from a file, and what the API answers to each."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.stack import Stack

OUTCOMES = ("PROCESSED", "DUPLICATE", "CONFLICT", "REJECTED", "FAILED")
REFUSALS = ("400", "403", "404", "413", "415", "429")
ANSWER_SECONDS = 30


class MalformedEvents(ValueError):
    """The file of transactions cannot be read; the message says where and what would be right."""


@dataclass(frozen=True)
class Submission:
    """A body to POST and the outcome that is expected: a status, or an HTTP refusal."""

    body: Any
    expect: str

    @property
    def transaction_id(self) -> str | None:
        """The id that the client gave, if it gave one."""
        if isinstance(self.body, dict) and isinstance(self.body.get("transactionId"), str):
            return str(self.body["transactionId"])
        return None


@dataclass(frozen=True)
class Answer:
    """What the API said; sent_at is when the request left, in seconds since the epoch."""

    http_status: int
    request_id: str
    message: str
    sent_at: float

    @property
    def accepted(self) -> bool:
        """Whether the API took the transaction on."""
        return self.http_status == 202  # noqa: PLR2004 - it is called by this number


def read_submissions(path: Path) -> list[Submission]:
    """Read a JSON array of {"expect": ..., "body": ...}; raises MalformedEvents."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MalformedEvents(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MalformedEvents(f"{path}: byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise MalformedEvents(
            f"{path}: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    if not isinstance(entries, list) or not entries:
        raise MalformedEvents(f'{path}: must be an array of {{"expect": ..., "body": ...}}')
    return [_submission(f"{path}: entry {index}", entry) for index, entry in enumerate(entries, 1)]


def _submission(place: str, entry: object) -> Submission:
    if not isinstance(entry, dict) or "body" not in entry:
        raise MalformedEvents(f'{place}: must be an object with "expect" and "body"')
    expected = (*OUTCOMES, *REFUSALS)
    if entry.get("expect") not in expected:
        raise MalformedEvents(f"{place}: expect must be one of {', '.join(expected)}")
    return Submission(body=entry["body"], expect=entry["expect"])


def submit(stack: Stack, body: object) -> Answer:
    """POST a body to the API."""
    sent_at = time.time()
    response = stack.http.post(stack.api_endpoint, json=body, timeout=ANSWER_SECONDS)
    content = response.json()
    return Answer(
        http_status=response.status_code,
        request_id=content["requestId"],
        message=content.get("message", ""),
        sent_at=sent_at,
    )
