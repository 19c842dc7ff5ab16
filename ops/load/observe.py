"""Observes a load: notifications as they arrive, then the logs, then the stored data."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from requests.adapters import HTTPAdapter

from ops.audit import Unsettled, gather
from ops.load.load_result import LoadResult
from ops.load.sent import Body, Sent, sent_by
from ops.load.timeline import Timeline
from ops.logged_outcomes import outcomes
from ops.reconciliation import Reconciliation, reconcile
from ops.stack import Stack
from ops.submission import Submission
from ops.submitter import Submitter
from ops.subscriber import Subscriber, subscribe

THREADS = 50
PAUSE_SECONDS = 0.2
CLOCKS_DIFFER_SECONDS = 60
SETTLING_SECONDS = 15.0

type Progress = Callable[[int, int], None]


def run(
    stack: Stack, rate: float, bodies: list[Body], *, prefix: str, patience: float, show: Progress
) -> LoadResult:
    """Run a load, wait for its notifications and reconcile it.

    The wait ends after `patience` seconds without a notification. `show` receives the numbers of
    responses and notifications.
    """
    submitter = Submitter(stack, [Submission(body) for body in bodies], THREADS, rate=rate)
    stack.http.mount(stack.api_endpoint, HTTPAdapter(pool_maxsize=THREADS))
    since = int((time.time() - CLOCKS_DIFFER_SECONDS) * 1_000)
    with subscribe(stack) as notifications, ThreadPoolExecutor(1) as background:

        def count_notified() -> int:
            sent = sent_by(submitter)
            notifications.wait_for(accepted(sent), seconds=PAUSE_SECONDS)
            count = len(accepted(sent) & notifications.seen.keys())
            show(len(sent), count)
            return count

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
    return LoadResult(stack.api_endpoint, rate, stages, timelines, settled(stack, sent, prefix))


def accepted(sent: list[Sent]) -> set[str]:
    """Return the IDs of the requests accepted."""
    return {one.response.request_id for one in sent if one.accepted}


def observed(
    stack: Stack, sent: list[Sent], notifications: Subscriber, since: int
) -> list[Timeline]:
    """Return the timelines, waiting for log lines that are not yet readable."""
    notified = accepted(sent) & notifications.seen.keys()
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        logged = {
            stage.name: logged_at(stack, stage.function_name, since) for stage in stack.stages[:-1]
        }
        if (
            all(notified <= times.keys() for times in logged.values())
            or time.monotonic() > deadline
        ):
            break
        time.sleep(PAUSE_SECONDS)
    return [
        Timeline(
            one,
            accepted_at=_gateway_clock(notifications, one),
            logged_at={
                stage: times.get(one.response.request_id) for stage, times in logged.items()
            },
            notified_at=_queue_clock(notifications, one),
        )
        for one in sorted(sent, key=lambda one: one.due_at)
    ]


def _gateway_clock(notifications: Subscriber, one: Sent) -> float | None:
    found = notifications.seen.get(one.response.request_id)
    return found[0].message["timestamp"] / 1_000 if found else None


def _queue_clock(notifications: Subscriber, one: Sent) -> float | None:
    found = notifications.seen.get(one.response.request_id)
    return found[0].received_at if found else None


def logged_at(stack: Stack, function_name: str, since: int) -> dict[str, float]:
    """Return the time of each request's outcome in a function's log, in seconds since the epoch."""
    return {
        outcome.request_id: outcome.logged_at / 1_000
        for outcome in outcomes(stack, function_name, since=since)
    }


def settled(stack: Stack, sent: list[Sent], prefix: str) -> Reconciliation:
    """Reconcile the load, retrying for a moment while the last transactions settle."""
    accepted_requests = [one.accepted_request for one in sent if one.accepted]
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        over = time.monotonic() > deadline
        try:
            reconciliation = reconcile(accepted_requests, gather(stack, prefix))
        except Unsettled:
            if over:
                raise
        else:
            if reconciliation.reconciled or over:
                return reconciliation
        time.sleep(PAUSE_SECONDS)
