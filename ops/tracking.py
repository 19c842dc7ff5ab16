"""Follows submissions to their end: what was told of each, and what the stack keeps of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ops import evidence
from ops.evidence import DeadLetter
from ops.stack import Stack
from ops.submission import ApiResponse, Submission
from ops.submission_result import TrackedSubmission
from ops.submitter import Submitter
from ops.subscriber import Subscriber, subscribe


def track(sending: Submitter, told: Callable[[int], None] | None = None) -> list[TrackedSubmission]:
    """Submit all, and wait until all accepted ones have been told of; `told` is given how many."""
    stack = sending.stack
    with subscribe(stack) as notifications:
        sending.run(notifications)
        accepted = {one.request_id for one in sending.answers.values() if one.accepted}
        notifications.wait_for(accepted, seconds=sending.patience, told=told)
    letters = {letter.request_id: letter for letter in evidence.dead_letters(stack)}

    def journey(place: int) -> TrackedSubmission:
        submission, answer = sending.submissions[place], sending.answers[place]
        return _journey(stack, submission, answer, notifications, letters)

    # Threads may share clients, but not make them:
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
    _ = stack.dynamodb, stack.s3
    with ThreadPoolExecutor(sending.parallel) as readers:
        return list(readers.map(journey, range(len(sending.submissions))))


def _journey(
    stack: Stack,
    submission: Submission,
    answer: ApiResponse,
    notifications: Subscriber,
    letters: dict[str | None, DeadLetter],
) -> TrackedSubmission:
    transaction_id = submission.transaction_id
    if not answer.accepted or transaction_id is None:
        return TrackedSubmission(submission, answer)
    told = notifications.seen.get(answer.request_id, [])
    records = evidence.record_of(stack, transaction_id)
    return TrackedSubmission(
        submission=submission,
        answer=answer,
        notification=told[0] if told else None,
        audited=evidence.audit_object_of(stack, transaction_id) is not None,
        recorded=bool(records),
        owned=any(record["requestId"] == {"S": answer.request_id} for record in records),
        dead_letter=letters.get(answer.request_id),
    )
