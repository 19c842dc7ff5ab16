"""`sam local` runs straight from the source folders, in Docker."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import requests

from local import deployment, lifecycle
from local.docker import bridge_address, write_environment
from ops import evidence
from ops.entries import audit_object_of
from ops.stack import Stack
from ops.subscriber import subscribe

type Sam = Callable[..., CompletedProcess[str]]

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("docker", "interruptible")]

SECONDS = 60
OFFLINE = "--skip-pull-image"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="module")
def reachable(home: Path) -> Iterator[Stack]:
    """Yield a stack that containers can reach, with the variables of its functions."""
    engine = lifecycle.start(home, also_at=bridge_address())
    try:
        stack = deployment.deploy(engine, "docker")
        write_environment(stack, home / "env.json")
        yield stack
    finally:
        lifecycle.stop(engine)


def event(workspace: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((workspace / f"events/{name}.json").read_text())
    return content


def test_the_validator_responds_to_the_gateways_event(sam: Sam, workspace: Path) -> None:
    result = sam(
        *("local", "invoke", "ValidatorFunction", OFFLINE),
        *("-e", "events/gateway_to_validator.json"),
    )
    assert result.returncode == 0, result.stderr
    validated = event(workspace, "validator_to_processor")["responsePayload"]
    assert json.loads(result.stdout) == validated


def test_processor_and_notifier_work_on_the_local_aws(
    sam: Sam, workspace: Path, home: Path, reachable: Stack
) -> None:
    variables = ("--env-vars", str(home / "env.json"))
    recorded = event(workspace, "processor_to_notifier")["responsePayload"]

    processed = sam(
        *("local", "invoke", "ProcessorFunction", OFFLINE, *variables),
        *("-e", "events/validator_to_processor.json"),
    )
    assert json.loads(processed.stdout) == recorded, processed.stderr
    assert len(evidence.record_of(reachable, recorded["transactionId"])) == 1
    assert audit_object_of(reachable, recorded["transactionId"]) is not None

    with subscribe(reachable) as subscriber:
        notified = sam(
            *("local", "invoke", "NotifierFunction", OFFLINE, *variables),
            *("-e", "events/processor_to_notifier.json"),
        )
        assert json.loads(notified.stdout) == recorded, notified.stderr
        assert subscriber.wait_for({recorded["requestId"]}, seconds=SECONDS) == set()
    (notification,) = subscriber.seen[recorded["requestId"]]
    assert notification.message == recorded


@pytest.fixture(scope="module")
def local_api(workspace: Path, clean_environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = subprocess.Popen(
        ["sam", "local", "start-api", OFFLINE, "--port", str(port)],
        cwd=workspace,
        env=clean_environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_listening(server, port)
        yield f"http://127.0.0.1:{port}/transaction"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(SECONDS)
        except subprocess.TimeoutExpired:  # its server thread sometimes misses the signal
            server.kill()
            server.wait()


def wait_until_listening(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("sam local start-api did not listen")


def test_start_api_accepts_a_transaction(local_api: str, workspace: Path) -> None:
    body = event(workspace, "gateway_to_validator")["transaction"]
    response = requests.post(local_api, json=body, timeout=SECONDS)
    content = response.json()
    assert response.status_code == 202
    assert content == {"requestId": content["requestId"], "status": "ACCEPTED"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": 1.005}, "amount: has more than the 2 decimals of USD"),
        ({"amount": "1"}, "amount: must be a number from 0.0001 to 999999999999"),
    ],
)
def test_start_api_rejects_with_the_reason(
    local_api: str, workspace: Path, change: dict[str, Any], message: str
) -> None:
    body = event(workspace, "gateway_to_validator")["transaction"] | change
    response = requests.post(local_api, json=body, timeout=SECONDS)
    content = response.json()
    assert response.status_code == 400
    assert content == {"message": message, "requestId": content["requestId"]}
