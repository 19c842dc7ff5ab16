"""Tracks submissions to their notifications and stored data."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ops import evidence
from ops.evidence import DeadLetter
from ops.stack import Stack
from ops.submission import ApiResponse, Submission
from ops.submission_result import TrackedSubmission
from ops.submitter import Submitter
from ops.subscriber import Subscriber, subscribe


def track(
    submitter: Submitter, on_progress: Callable[[int], None] | None = None
) -> list[TrackedSubmission]:
    """Submit all, and wait for their notifications; `on_progress` receives the number so far."""
    stack = submitter.stack
    with subscribe(stack) as notifications:
        submitter.run(notifications)
        accepted = {one.request_id for one in submitter.responses.values() if one.accepted}
        notifications.wait_for(accepted, seconds=submitter.patience, on_progress=on_progress)
    found = {one.request_id: one for one in evidence.dead_letters(stack)}

    def tracked(place: int) -> TrackedSubmission:
        submission, response = submitter.submissions[place], submitter.responses[place]
        return _tracked(stack, submission, response, notifications, found)

    # Threads may share clients but must not create them:
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
    _ = stack.dynamodb, stack.s3
    with ThreadPoolExecutor(submitter.parallel) as readers:
        return list(readers.map(tracked, range(len(submitter.submissions))))


def _tracked(
    stack: Stack,
    submission: Submission,
    response: ApiResponse,
    notifications: Subscriber,
    found: dict[str | None, DeadLetter],
) -> TrackedSubmission:
    transaction_id = submission.transaction_id
    if not response.accepted or transaction_id is None:
        return TrackedSubmission(submission, response)
    notified = notifications.seen.get(response.request_id, [])
    records = evidence.record_of(stack, transaction_id)
    return TrackedSubmission(
        submission=submission,
        response=response,
        notification=notified[0] if notified else None,
        audited=evidence.audit_object_of(stack, transaction_id) is not None,
        recorded=bool(records),
        owned=any(record["requestId"] == {"S": response.request_id} for record in records),
        dead_letter=found.get(response.request_id),
    )
