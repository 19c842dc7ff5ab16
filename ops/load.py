"""Runs a load: notifications as they arrive, then the logs, then the stored data."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from requests.adapters import HTTPAdapter

from ops.audit import Unsettled, audit
from ops.input_files import Submission
from ops.load_result import LoadResult, Timeline
from ops.logged_outcomes import logged_outcomes
from ops.reconciliation import Reconciliation
from ops.stack import Stack
from ops.submitter import Submitter
from ops.subscriber import Subscriber, subscribe
from ops.transaction import a_body

THREADS = 50
PAUSE_SECONDS = 0.2
CLOCKS_DIFFER_SECONDS = 60
SETTLING_SECONDS = 15.0


def bodies(prefix: str, count: int) -> list[dict[str, Any]]:
    """Return new transactions, each with a unique ID and amount."""
    return [
        a_body(transactionId=f"{prefix}{number}", amount=(100 + number) / 100, source="load")
        for number in range(count)
    ]


def run(
    stack: Stack,
    rate: float,
    count: int,
    *,
    prefix: str,
    patience: float,
    show: Callable[[int, int], None],
) -> LoadResult:
    """Run a load, wait for its notifications and reconcile it.

    The wait ends after `patience` seconds without a notification. `show` receives the numbers of
    responses and notifications.
    """
    submissions = [Submission(body) for body in bodies(prefix, count)]
    submitter = Submitter(stack, submissions, THREADS, rate=rate)
    stack.http.mount(stack.api_endpoint, HTTPAdapter(pool_maxsize=THREADS))
    since = int((time.time() - CLOCKS_DIFFER_SECONDS) * 1_000)
    with subscribe(stack) as notifications, ThreadPoolExecutor(1) as background:

        def count_notified() -> int:
            sent = sent_by(submitter)
            notifications.wait_for(accepted(sent), seconds=PAUSE_SECONDS)
            so_far = len(accepted(sent) & notifications.seen.keys())
            show(len(sent), so_far)
            return so_far

        submitting = background.submit(submitter.run)
        try:
            while not submitting.done():
                count_notified()
                time.sleep(PAUSE_SECONDS)
        finally:
            submitter.over.set()
        submitting.result()
        sent = sent_by(submitter)
        notified, last_progress = -1, time.monotonic()
        while notified < len(accepted(sent)) and time.monotonic() - last_progress < patience:
            before, notified = notified, count_notified()
            last_progress = time.monotonic() if notified > before else last_progress
    timelines = observed(stack, sent, notifications, since)
    stages = [stage.name for stage in stack.stages]
    found = settled(stack, sent, prefix)
    found = replace(found, foreign=[*found.foreign, *notifications.foreign])
    return LoadResult(stack.api_endpoint, rate, stages, timelines, found)


def sent_by(submitter: Submitter) -> list[Timeline]:
    """Return the transactions that have been submitted so far, in order."""
    return [
        Timeline(result.submission.body, submitter.due_at(place), result.response)
        for place, result in sorted(submitter.results.copy().items())
    ]


def accepted(sent: list[Timeline]) -> set[str]:
    """Return the IDs of the requests accepted."""
    return {one.response.request_id for one in sent if one.response.accepted}


def observed(
    stack: Stack, sent: list[Timeline], notifications: Subscriber, since: int
) -> list[Timeline]:
    """Return the timelines with AWS's times, waiting for log lines that are not yet readable."""
    notified = accepted(sent) & notifications.seen.keys()
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        logged = {
            stage.name: {
                outcome.request_id: outcome.logged_at / 1_000
                for outcome in logged_outcomes(stack, stage.function_name, since=since)
            }
            for stage in stack.stages[:-1]
        }
        complete = all(notified <= times.keys() for times in logged.values())
        if complete or time.monotonic() > deadline:
            break
        time.sleep(PAUSE_SECONDS)
    for request_id in notified:
        first = notifications.seen[request_id][0]
        if accepted_at := first.message.get("timestamp"):
            logged.setdefault("accepted", {})[request_id] = float(accepted_at) / 1_000
        logged.setdefault("notified", {})[request_id] = first.received_at
    return [replace(one, times=_times(logged, one.response.request_id)) for one in sent]


def _times(found: dict[str, dict[str, float]], request_id: str) -> dict[str, float]:
    return {point: times[request_id] for point, times in found.items() if request_id in times}


def settled(stack: Stack, sent: list[Timeline], prefix: str) -> Reconciliation:
    """Reconcile the load, retrying for a moment while the last transactions settle."""
    accepted_requests = [one.accepted_request for one in sent if one.response.accepted]
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        over = time.monotonic() > deadline
        try:
            reconciliation = audit(stack, prefix, accepted_requests).found
        except Unsettled:
            if over:
                raise
        else:
            if reconciliation.reconciled or over:
                return reconciliation
        time.sleep(PAUSE_SECONDS)
