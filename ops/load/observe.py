"""Follows a load: notifications as they come, then the functions' logs, then the ledger."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ops.audit import Unsettled, gather
from ops.load.drive import Body, Sent, drive
from ops.load.load_result import LoadResult
from ops.load.timeline import Timeline
from ops.logged_outcomes import outcomes
from ops.reconciliation import Reconciliation, reconcile
from ops.stack import Stack
from ops.subscriber import Subscriber, subscribe

PAUSE_SECONDS = 0.2
CLOCKS_DIFFER_SECONDS = 60
SETTLING_SECONDS = 15.0

type Progress = Callable[[int, int], None]


def run(
    stack: Stack, rate: float, bodies: list[Body], *, prefix: str, patience: float, show: Progress
) -> LoadResult:
    """Drive a load, wait until all is told or nothing was for `patience` seconds, account for it.

    `show` gets how many were answered and how many told of, now and then.
    """
    sent: list[Sent] = []
    stop = threading.Event()
    since = int((time.time() - CLOCKS_DIFFER_SECONDS) * 1_000)
    with subscribe(stack) as notifications, ThreadPoolExecutor(1) as background:

        def told() -> int:
            notifications.wait_for(accepted(sent), seconds=PAUSE_SECONDS)
            count = len(accepted(sent) & notifications.seen.keys())
            show(len(sent), count)
            return count

        driving = background.submit(drive, stack, rate, bodies, answered=sent.append, stop=stop)
        try:
            while not driving.done():
                told()
                time.sleep(PAUSE_SECONDS)
        finally:
            stop.set()
        driving.result()
        told_of, since_when = -1, time.monotonic()
        while told_of < len(accepted(sent)) and time.monotonic() - since_when < patience:
            before, told_of = told_of, told()
            since_when = time.monotonic() if told_of > before else since_when
    timelines = observed(stack, sent, notifications, since)
    stages = [stage.name for stage in stack.stages]
    return LoadResult(stack.api_endpoint, rate, stages, timelines, settled(stack, sent, prefix))


def accepted(sent: list[Sent]) -> set[str]:
    """Name the requests that were accepted so far."""
    return {one.request_id for one in list(sent) if one.accepted}


def observed(
    stack: Stack, sent: list[Sent], notifications: Subscriber, since: int
) -> list[Timeline]:
    """Find the times of each transaction; log lines can be read a little after they are written."""
    told = accepted(sent) & notifications.seen.keys()
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        logged = {
            stage.name: logged_at(stack, stage.function_name, since) for stage in stack.stages[:-1]
        }
        if all(told <= times.keys() for times in logged.values()) or time.monotonic() > deadline:
            break
        time.sleep(PAUSE_SECONDS)
    return [
        Timeline(
            one,
            accepted_at=_gateway_clock(notifications, one),
            logged_at={stage: times.get(one.request_id) for stage, times in logged.items()},
            notified_at=_queue_clock(notifications, one),
        )
        for one in sorted(sent, key=lambda one: one.due_at)
    ]


def _gateway_clock(notifications: Subscriber, one: Sent) -> float | None:
    told = notifications.seen.get(one.request_id)
    return told[0].message["timestamp"] / 1_000 if told else None


def _queue_clock(notifications: Subscriber, one: Sent) -> float | None:
    told = notifications.seen.get(one.request_id)
    return told[0].received_at if told else None


def logged_at(stack: Stack, function_name: str, since: int) -> dict[str, float]:
    """Tell when a function logged the outcome of each request, in seconds since the epoch."""
    return {
        outcome.request_id: outcome.logged_at / 1_000
        for outcome in outcomes(stack, function_name, since=since)
    }


def settled(stack: Stack, sent: list[Sent], prefix: str) -> Reconciliation:
    """Balance the ledger; what is told of last may take a moment to be found in its place."""
    promises = [one.promise for one in sent if one.accepted]
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        over = time.monotonic() > deadline
        try:
            ledger = reconcile(promises, gather(stack, prefix))
        except Unsettled:
            if over:
                raise
        else:
            if ledger.reconciled or over:
                return ledger
        time.sleep(PAUSE_SECONDS)
