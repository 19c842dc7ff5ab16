"""Transactions read from a file, and the API's responses."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from contract import OUTCOMES
from ops import exact_json
from ops.stack import Stack

STANDARD_INPUT = Path("-")
CLIENT_ERRORS = ("400", "403", "404", "413", "415", "429")
RESPONSE_SECONDS = 30
NO_RESPONSE = 0
"""In place of an HTTP status: acceptance is unconfirmed, and a duplicate is safe to submit."""


class MalformedEvents(ValueError):
    """The file of transactions cannot be read; the message contains the place and the remedy."""


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


@dataclass(frozen=True)
class ApiResponse:
    """The API's response; sent_at is the time of the request in seconds since the epoch."""

    http_status: int
    request_id: str
    message: str
    sent_at: float

    @property
    def accepted(self) -> bool:
        """True if the API accepted the transaction."""
        return self.http_status == 202

    @property
    def is_client_error(self) -> bool:
        """True if the API rejected the request as a client error."""
        return 400 <= self.http_status < 500


def read_submissions(path: Path) -> list[Submission]:
    """Read a JSON array or one transaction per line; raises MalformedEvents.

    `-` is standard input. Each entry is a body or {"expect": ..., "body": ...}.
    """
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
        entries = exact_json.values(content.decode("utf-8-sig"))
        exact_json.written(entries)
    except OSError as error:
        raise MalformedEvents(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MalformedEvents(f"{path}: byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise MalformedEvents(
            f"{path}: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise MalformedEvents(f"{path}: too deeply nested to send") from error
    if len(entries) == 1 and isinstance(entries[0], list):
        (entries,) = entries
    if not entries:
        raise MalformedEvents(f"{path}: must hold at least one transaction")
    return [_submission(f"{path}: entry {index}", entry) for index, entry in enumerate(entries, 1)]


def _submission(place: str, entry: object) -> Submission:
    if not isinstance(entry, dict) or "expect" not in entry:
        return Submission(entry)
    if "body" not in entry:
        raise MalformedEvents(f'{place}: an entry with "expect" must have a "body"')
    expected = (*OUTCOMES, *CLIENT_ERRORS)
    if entry["expect"] not in expected:
        raise MalformedEvents(f"{place}: expect must be one of {', '.join(expected)}")
    return Submission(body=entry["body"], expect=entry["expect"])


def submit(stack: Stack, body: object) -> ApiResponse:
    """POST a body to the API, with numbers as written."""
    sent_at = time.time()
    response = stack.http.post(
        stack.api_endpoint,
        data=exact_json.written(body).encode(),
        headers={"Content-Type": "application/json"},
        timeout=RESPONSE_SECONDS,
    )
    try:
        content = response.json()
    except requests.JSONDecodeError:  # a proxy may have responded
        content = None
    if not isinstance(content, dict):
        content = {"message": response.text}
    return ApiResponse(
        http_status=response.status_code,
        request_id=content.get("requestId", ""),
        message=content.get("message", ""),
        sent_at=sent_at,
    )
