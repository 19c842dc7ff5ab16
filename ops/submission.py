"""Submissions to the API, and its responses."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import requests

from ops.input_files import Submission, written
from ops.stack import Stack

RESPONSE_SECONDS = 30
SHOWN = 100
"""The IDs that are listed for each reason."""
NO_RESPONSE = 0
"""In place of an HTTP status: acceptance is unconfirmed, and a duplicate is safe to submit."""


@dataclass(frozen=True)
class ApiResponse:
    """The API's response, with the times of request and response in seconds since the epoch."""

    http_status: int
    request_id: str
    message: str
    sent_at: float
    responded_at: float = 0.0

    @property
    def status(self) -> str:
        """The HTTP status in words."""
        return "no answer" if self.http_status == NO_RESPONSE else str(self.http_status)

    @property
    def accepted(self) -> bool:
        """True if the API accepted the transaction."""
        return self.http_status == 202

    @property
    def is_client_error(self) -> bool:
        """True if the API rejected the request as a client error."""
        return 400 <= self.http_status < 500


@dataclass(frozen=True)
class SubmissionResult:
    """A submission and the API's response."""

    submission: Submission
    response: ApiResponse

    @property
    def outcome(self) -> str:
        """ACCEPTED, or the HTTP status."""
        if self.response.accepted:
            return "ACCEPTED"
        return self.response.status

    @property
    def reason(self) -> str:
        """Why it was not accepted: the API's message."""
        return self.response.message

    @property
    def accounted_for(self) -> bool:
        """True if the API confirmed acceptance or a client error."""
        return self.response.accepted or self.response.is_client_error

    def report(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return {
            "transactionId": self.submission.transaction_id,
            "httpStatus": self.response.http_status,
            "requestId": self.response.request_id,
            "message": self.response.message,
            "outcome": self.outcome,
            "accountedFor": self.accounted_for,
        }


@dataclass
class SubmissionCounts:
    """The results so far in numbers, with the first IDs of each reason."""

    submitted: int = 0
    accepted: int = 0
    client_errors: int = 0
    all_expected: bool = True
    ids: dict[str, list[str]] = field(default_factory=dict)
    """The IDs by outcome and reason, SHOWN at most."""
    unlisted: dict[str, int] = field(default_factory=dict)
    """How many more have that outcome and reason."""

    @classmethod
    def of(cls, results: Iterable[SubmissionResult]) -> "SubmissionCounts":
        """Count all results."""
        counts = cls()
        for one in results:
            counts.add(one)
        return counts

    @property
    def unconfirmed(self) -> int:
        """Submissions of which the API confirmed neither acceptance nor a client error."""
        return self.submitted - self.accepted - self.client_errors

    def add(self, result: SubmissionResult) -> None:
        """Count one more result."""
        response = result.response
        self.submitted += 1
        self.accepted += response.accepted
        self.client_errors += response.is_client_error
        self.all_expected &= result.submission.expect == result.outcome
        if result.reason or not response.accepted:
            message = f"{result.outcome}: {result.reason}"
            ids = self.ids.setdefault(message, [])
            if len(ids) < SHOWN:
                ids.append(result.submission.shown())
            else:
                self.unlisted[message] = self.unlisted.get(message, 0) + 1


def submit(stack: Stack, body: object) -> ApiResponse:
    """POST a body to the API, with numbers as written; a missing response is NO_RESPONSE."""
    sent_at = time.time()
    try:
        response = stack.http.post(
            stack.api_endpoint,
            data=written(body).encode(),
            headers={"Content-Type": "application/json"},
            timeout=RESPONSE_SECONDS,
        )
    except requests.RequestException as error:
        return ApiResponse(NO_RESPONSE, "", _reason(error), sent_at, time.time())
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
        responded_at=time.time(),
    )


def _reason(error: BaseException) -> str:
    """Return what the system or the protocol says, without what the layers above make of it."""
    while below := error.__cause__ or error.__context__:
        error = below
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
