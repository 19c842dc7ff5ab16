"""The journal of transactions that succeed, are retried, and exhaust their retries."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
import requests

from local import journal
from local.journal import Entry, Timeline, Timelines
from ops.dead_letter_selection import Selection
from ops.redrive import redrive
from ops.stack import Stack
from ops.submission import submit
from tests.polling import eventually

SECONDS = 60
FAULT = {
    "service": "s3",
    "operation": "PutObject",
    "code": "AccessDenied",
    "status": 403,
    "message": "a fault for the journal",
}
TIMES = {"journal-success": 0, "journal-retried": 1, "journal-exhausted": 3}

type Journal = dict[str, list[Entry]]


def entries_by_transaction(pipeline: Stack) -> Journal:
    entries = journal.read(pipeline.connection["endpoint_url"])
    accepted = {
        one["requestId"]: one["transactionId"] for one in entries if one["event"] == "accepted"
    }
    return {
        transaction_id: [one for one in entries if one["requestId"] == request_id]
        for request_id, transaction_id in accepted.items()
    }


def timeline_of(entries: list[Entry]) -> Timeline:
    timelines = Timelines()
    for entry in entries:
        timelines.add(entry)
    (timeline,) = timelines
    return timeline


@pytest.fixture(scope="module")
def found(pipeline: Stack, a_transaction: Callable[..., dict[str, Any]]) -> Iterator[Journal]:
    """Submit a transaction for each number of faults, and yield the journal of its end."""
    faults = f"{pipeline.connection['endpoint_url']}/_local/faults"
    for transaction_id, times in TIMES.items():
        fault = {**FAULT, "times": times, "containing": transaction_id}
        assert requests.post(faults, json=fault, timeout=SECONDS).ok
        assert submit(pipeline, a_transaction(transactionId=transaction_id)).accepted
    last = pipeline.stages[-1].function_name

    def ended() -> Journal | None:
        entries = entries_by_transaction(pipeline)
        invocations = [timeline_of(entries.get(one, [])).of(last) for one in TIMES]
        return entries if all(one and one.ended for one in invocations) else None

    journals = eventually(ended, SECONDS)
    assert requests.delete(faults, timeout=SECONDS).ok
    assert journals
    yield journals
    selection = Selection(re.compile(str(FAULT["message"])))
    redrive(pipeline, pipeline.stage("processor"), lambda _: None, selection=selection)


def steps(pipeline: Stack, entries: list[Entry]) -> list[str]:
    """Return the entries in words; the response of the API may come at any time."""
    stages = {stage.function_name: stage.name for stage in pipeline.stages}
    return [
        " ".join(
            str(part)
            for part in (
                stages[one["function"]],
                one["event"],
                *(
                    one[name]
                    for name in ("attempt", "operation", "status", "result")
                    if name in one
                ),
            )
        ).strip()
        for one in entries
        if one["event"] != "accepted"
    ]


VALIDATED = ["validator queued 1", "validator started 1", "validator ended 1  success"]
NOTIFIED = ["notifier queued 1", "notifier started 1", "notifier call 1 PutItem 200"]
NOTIFIED += ["notifier call 1 Publish 200", "notifier ended 1 PROCESSED success"]
DENIED = ["processor started {0}", "processor call {0} PutObject 403", "processor ended {0}  error"]


def denied(number: int) -> list[str]:
    return [step.format(number) for step in DENIED]


def processed(number: int) -> list[str]:
    return [
        f"processor started {number}",
        f"processor call {number} PutObject 200",
        f"processor call {number} PutItem 200",
        f"processor ended {number} PROCESSED success",
    ]


def test_a_transaction_is_queued_started_and_ended_at_each_stage(
    pipeline: Stack, found: Journal
) -> None:
    expected = [*VALIDATED, "processor queued 1", *processed(1), *NOTIFIED]

    assert steps(pipeline, found["journal-success"]) == expected


def test_a_retry_is_another_attempt_of_the_same_invocation(pipeline: Stack, found: Journal) -> None:
    entries = found["journal-retried"]

    assert steps(pipeline, entries) == [
        *VALIDATED,
        "processor queued 1",
        *denied(1),
        "processor retried 2",
        *processed(2),
        *NOTIFIED,
    ]
    processor = timeline_of(entries).of(pipeline.stages[1].function_name)
    assert processor is not None
    assert len({one["invocationId"] for one in entries if "invocationId" in one}) == 3
    first, second = processor.attempts
    assert (first.failed, second.failed, processor.ended, processor.exhausted) == (
        *(True, False),
        *(True, False),
    )
    assert processor.retry_at is not None
    assert first.ended_at is not None
    assert processor.retry_at - first.ended_at >= 1_000
    assert second.started_at >= processor.retry_at - 100  # clocks are read one after the other
    assert (first.error_type, second.error_type) == ("AccessDenied", "")
    assert "claim_transaction" in "".join(first.stack_trace)
    assert [call["resource"] for call in second.calls] == [
        "transactions/journal-retried.json",
        pipeline.outputs.table_name,
    ]


def test_a_failure_is_exhausted_before_it_is_published(pipeline: Stack, found: Journal) -> None:
    entries = found["journal-exhausted"]

    assert steps(pipeline, entries) == [
        *VALIDATED,
        "processor queued 1",
        *denied(1),
        "processor retried 2",
        *denied(2),
        "processor retried 3",
        *denied(3),
        "processor exhausted",
        *NOTIFIED[:-1],
        "notifier ended 1 FAILED success",
    ]
    (exhausted,) = [one for one in entries if one["event"] == "exhausted"]
    assert exhausted["errorType"] == "AccessDenied"
    assert str(FAULT["message"]) in exhausted["errorMessage"]


def test_entries_have_increasing_numbers_and_times(found: Journal) -> None:
    for entries in found.values():
        assert all(
            before["sequence"] < after["sequence"] and before["time"] <= after["time"]
            for before, after in pairwise(entries)
        )


def test_an_accepted_request_has_its_id_status_and_duration(found: Journal) -> None:
    for transaction_id, entries in found.items():
        (accepted,) = [one for one in entries if one["event"] == "accepted"]
        assert (accepted["transactionId"], accepted["status"]) == (transaction_id, 202)
        assert accepted["milliseconds"] > 0
