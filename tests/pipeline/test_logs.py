"""`pipeline logs` shows what the stages logged, each line once and with its invocation."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from cli.main import cli
from local.launch import ROOT
from local.lifecycle import Engine
from ops import evidence
from ops.stack import Stack
from ops.transaction import a_body
from tests.polling import eventually

SECONDS = 60
RETRIED, FAILED = "logs-retried", "logs-failed"
DURATIONS = re.compile(r"\d+ ms(, cold \d+ ms)?, \d+ MB(, error)?(  [\w-]+)?")


@pytest.fixture(scope="module")
def local(pipeline: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("logs") / "stack.json"
    pipeline.save(path)
    return str(path)


@pytest.fixture(scope="module", autouse=True)
def _sent(engine: Engine, pipeline: Stack) -> Iterator[None]:
    """Send a transaction that needs two attempts of the processor, and an event that fails."""
    fault = {
        "service": "s3",
        "operation": "PutObject",
        "containing": f"transactions/{RETRIED}.json",
        "code": "AccessDenied",
        "status": 403,
        "times": 1,
    }
    assert requests.post(f"{engine.endpoint_url}/_local/faults", json=fault, timeout=SECONDS).ok
    body = a_body(transactionId=RETRIED)
    assert pipeline.http.post(pipeline.api_endpoint, json=body, timeout=SECONDS).ok
    stage = pipeline.stage("validator")
    event = {"requestId": FAILED, "receivedAt": "soon", "apiKeyId": "k", "transaction": a_body()}
    pipeline.functions.invoke(
        FunctionName=stage.function_name, InvocationType="Event", Payload=json.dumps(event)
    )
    yield
    eventually(lambda: FAILED in {one.request_id for one in evidence.dead_letters(pipeline)})
    url = pipeline.sqs.get_queue_url(QueueName=stage.queue_name)["QueueUrl"]
    with evidence.receive_dead_letters(pipeline, stage) as messages:
        for message in messages:
            if message.request_id == FAILED:
                pipeline.sqs.delete_message(QueueUrl=url, ReceiptHandle=message.receipt)
    pipeline.dynamodb.delete_item(
        TableName=pipeline.outputs.outcomes_table_name, Key={"requestId": {"S": FAILED}}
    )


def logs(*arguments: str) -> str:
    return CliRunner(mix_stderr=False).invoke(cli, ["logs", *arguments]).stdout


def shown(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs("--json", *arguments).splitlines()]


def steps(events: list[dict[str, Any]]) -> list[str]:
    """Return stage, kind and status of each event."""
    return [
        f"{event['stage']} {event['kind']} {line.get('status') or line['record']['status']}"
        if event["kind"] != "error"
        else f"{event['stage']} {line['errorType']}"
        for event in events
        for line in [event["line"]]
    ]


STEPS = [
    "validator outcome VALIDATED",
    "validator durations success",
    "processor AccessDenied",
    "processor durations error",
    "processor outcome PROCESSED",
    "processor durations success",
    "notifier outcome PROCESSED",
    "notifier durations success",
]


@pytest.mark.usefixtures("_as_on_aws")
def test_an_id_shows_each_attempt_in_every_stage_on_aws_too(pipeline: Stack, local: str) -> None:
    def complete() -> list[dict[str, Any]]:
        events = shown("--id", RETRIED, "--local", local)
        return events if len(events) >= len(STEPS) else []

    events = eventually(complete, SECONDS)

    assert steps(events) == STEPS
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    invocations = [event["invocationId"] for event in events]
    assert [len(list(lines)) for _, lines in groupby(invocations)] == [2, 4, 2]
    assert shown("--id", events[0]["line"]["requestId"], "--local", local) == events
    assert shown("--id", RETRIED, "--stack-name", pipeline.name) == events
    assert shown("processor", "--id", RETRIED, "--local", local) == events[2:6]


def test_a_request_that_always_failed_shows_the_traceback_of_each_attempt(local: str) -> None:
    def complete() -> list[str]:
        lines = logs("--id", FAILED, "--local", local)
        return lines.splitlines() if DURATIONS.search(lines.partition("FAILED")[2]) else []

    lines = eventually(complete, SECONDS)

    heads = [re.sub(r"^[\d:.]+ ", "", line) for line in lines if not line.startswith(" ")]
    error = "validator ERROR InvalidEvent: receivedAt: must be a time in ms since the epoch"
    assert [head.startswith(error) for head in heads] == [True, False] * 3 + [False] * 2
    assert all(DURATIONS.search(head) for head in (*heads[1:6:2], heads[7])), heads
    assert re.fullmatch(
        rf"notifier  FAILED  order-1001  {FAILED}  failedInvocation: [\da-f-]{{36}}", heads[6]
    )
    files = re.findall(r'^      File "(.*)", line \d+, in ', "\n".join(lines), re.MULTILINE)
    assert files == ["src/validator/validator.py"] * 9


@pytest.mark.usefixtures("interruptible")
def test_tail_follows_until_ctrl_c(pipeline: Stack, local: str) -> None:
    name = "logs-followed"
    command = ["pipeline", "logs", "--tail", "--json", "--id", name, "--local", local]
    body = a_body(transactionId=name, amount=1.005)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        bound = threading.Timer(SECONDS, process.kill)
        bound.start()
        assert pipeline.http.post(pipeline.api_endpoint, json=body, timeout=SECONDS).ok
        found: list[dict[str, Any]] = []
        for line in process.stdout or ():
            found.append(json.loads(line))
            if (found[-1]["stage"], found[-1]["kind"]) == ("notifier", "durations"):
                process.send_signal(signal.SIGINT)
        status = process.wait(SECONDS)
        bound.cancel()

    assert status == 0
    assert steps(found) == [
        "validator outcome REJECTED",
        "validator durations success",
        "notifier outcome REJECTED",
        "notifier durations success",
    ]
