"""The faults of simulations, injected into the engine: no request is lost there, either."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from local.launch import ROOT
from ops.evidence import count_messages
from tests.polling import eventually
from tests.reliability.fault_harness import HTTP_SECONDS, FaultHarness
from tests.reliability.traffic import Flow
from tests.simulation.workload import Request, Workload
from tests.untraced import environment

TAPES = ROOT / "tests/simulation/tapes"
BY_DEFAULT = (
    "a-claim-that-fails-is-taken-for-made",
    "a-failed-Publish-is-ignored",
    "each-error-of-the-outcome-is-ignored",
    "each-error-of-the-record-is-ignored",
)


def faults_of(tape: Path, prefix: str) -> dict[str, Any]:
    """Return the requests of a tape and its faults; the simulation needs its own process."""
    command = [sys.executable, "-m", "tests.simulation", "faults", str(tape), prefix]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_faults_of_a_tape_lose_nothing_on_the_engine(
    harness: FaultHarness, request: pytest.FixtureRequest
) -> None:
    given = request.config.getoption("--tape")
    tapes = [Path(given)] if given else [TAPES / f"{name}.json" for name in BY_DEFAULT]
    flow = Flow("tape")
    faults: list[dict[str, Any]] = []
    events = []
    for number, tape in enumerate(tapes):
        found = faults_of(tape, f"tape-{number}-")
        workload = Workload(tuple(Request(*one) for one in found["requests"]))
        received_at = int(time.time() * 1_000)
        events += [one._replace(accepted_at=received_at).event for one in workload.requests]
        flow.accepted += [
            one.accepted for one in workload.requests if one.request_id not in workload.chosen
        ]
        faults += found["faults"]
        print(tape.stem, *(found["omitted"] or ["nothing omitted"]), sep="\n  ")  # noqa: T201
    with harness.faults(*faults):
        for event in events:
            harness.send("validator", event)
        harness.wait_for_notifications(flow.requests)
        eventually(lambda: not any(harness.left()))
    for stage in harness.stack.stages:
        if count_messages(harness.stack, stage.queue_name):
            harness.redrive(stage.name)
    harness.settled(flow, dead_letters=0)
    harness.accepted += flow.accepted
    assert requests.get(harness.faults_url, timeout=HTTP_SECONDS).json() == []
