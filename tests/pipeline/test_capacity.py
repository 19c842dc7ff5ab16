"""The capacity model, compared with the local engine under load."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from local.lifecycle import Engine
from ops.capacity.function_sim import StageConfig
from ops.capacity.gateway import OfferedLoad
from ops.capacity.simulation import simulate
from ops.cost.usage import LOG_LINES
from ops.stack import Stack
from ops.submission import ApiResponse, submit
from ops.subscriber import Subscriber
from template.backlog import UsagePlan
from template.capacity_check import executions
from template.outputs import StageOutputs
from template.pipeline import compose
from template.settings import Settings as Deployed

type Builder = Callable[..., dict[str, Any]]

EVENTS = Path(__file__).parents[2] / "events"
RECEIVED = {
    "validator": "gateway_to_validator",
    "processor": "validator_to_processor",
    "notifier": "processor_to_notifier",
}
CONCURRENCY = min(executions(Deployed(), compose(Deployed()).stages).values())
CLIENTS = 8
BURST = 60
BURSTS = 3
LATENCY = 1.5
"""Seconds per PutItem, long compared with the delays of the machine itself."""
TOLERANCE = 0.35
"""Relative to the predicted time; about 12% on two idle cores, more on busy ones."""


@pytest.fixture
def late_writes(engine: Engine) -> Iterator[None]:
    url = f"{engine.endpoint_url}/_local/faults"
    fault = {"service": "dynamodb", "operation": "PutItem", "latency_seconds": LATENCY}
    assert requests.post(url, json=fault, timeout=10).status_code == 201
    yield
    requests.delete(url, timeout=10)


def submit_at_once(pipeline: Stack, bodies: list[dict[str, Any]]) -> list[ApiResponse]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(lambda body: submit(pipeline, body), bodies))


def execution_seconds(pipeline: Stack, stage: StageOutputs[str]) -> float:
    """Return the seconds of one execution of a warm, idle function."""
    event = (EVENTS / f"{RECEIVED[stage.name]}.json").read_text()
    times = []
    for _ in range(3):
        started = time.monotonic()
        response = pipeline.functions.invoke(FunctionName=stage.function_name, Payload=event)
        times.append(time.monotonic() - started)
        assert "FunctionError" not in response
    return min(times)


@pytest.mark.usefixtures("late_writes")
def test_predicts_the_accepted_requests_and_the_drain_time(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    warm = submit_at_once(pipeline, [a_transaction() for _ in range(2 * CONCURRENCY)])
    assert notifications.wait_for({response.request_id for response in warm}, seconds=60) == set()
    # Other programs can only slow the machine down, so one of a few bursts is enough.
    for _ in range(BURSTS):
        predicted, took = burst(pipeline, notifications, [a_transaction() for _ in range(BURST)])
        if took == pytest.approx(predicted, rel=TOLERANCE):
            break
    # The drain would take half as long, or twice, with another concurrency or duration.
    assert took == pytest.approx(predicted, rel=TOLERANCE)


def burst(
    pipeline: Stack, notifications: Subscriber, bodies: list[dict[str, Any]]
) -> tuple[float, float]:
    """Submit all at once; return in how many s the last should be notified, and was."""
    stages: dict[str, StageConfig] = {
        stage.name: StageConfig(
            duration=execution_seconds(pipeline, stage), concurrency=CONCURRENCY
        )
        for stage in pipeline.stages
    }
    started = time.time()
    responses = submit_at_once(pipeline, bodies)
    submitting = time.time() - started
    assert (
        notifications.wait_for({response.request_id for response in responses}, seconds=60) == set()
    )
    notified_at = [notifications.seen[response.request_id][0].received_at for response in responses]
    expected = simulate(
        OfferedLoad(rate=len(bodies) / submitting, duration=submitting),
        UsagePlan(rate_limit=500, burst_limit=1_000, daily_quota=100_000),
        stages,
    )
    accepted = sum(response.accepted for response in responses)
    assert expected.accepted == accepted == len(bodies)
    assert expected.notified == len(notified_at)
    return submitting + expected.drain, max(notified_at) - started


def test_assumes_about_the_bytes_that_an_execution_logs(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    response = submit(pipeline, a_transaction())
    assert notifications.wait_for({response.request_id}, seconds=30) == set()
    group = f"/aws/lambda/{pipeline.stage('validator').function_name}"
    lines = [
        event["message"] for event in pipeline.logs.filter_log_events(logGroupName=group)["events"]
    ]
    executions = sum("platform.report" in line for line in lines)
    logged = sum(len(line.encode()) for line in lines) / executions
    assert logged == pytest.approx(LOG_LINES, rel=0.3)
