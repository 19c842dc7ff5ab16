"""A 202 is a promise kept under every fault: nothing is lost, nothing is recorded twice."""

import io
import json
import signal
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from local.launch import ROOT
from ops.evidence import hidden_letters
from ops.ledger import Accepted
from ops.stack import Stack
from ops.transaction import a_body
from template.capacity_check import executions
from template.pipeline import compose
from template.settings import Settings
from tests.polling import eventually
from tests.reliability.ground import NOT_WRONG, Ground
from tests.reliability.report import SCENARIOS, write_faults
from tests.reliability.traffic import Body, post, promised

pytestmark = pytest.mark.slow

THROTTLED = {"code": "ProvisionedThroughputExceededException", "status": 400}
PUT_ITEM = {"service": "dynamodb", "operation": "PutItem"}
PUT_OBJECT = {"service": "s3", "operation": "PutObject"}
PUBLISH = {"service": "sns", "operation": "Publish"}

EXECUTIONS = executions(Settings(), compose(Settings()).stages)


@pytest.fixture(scope="module", autouse=True)
def _document(request: pytest.FixtureRequest, ground: Ground) -> Iterator[None]:
    """Write what all scenarios showed, if asked to; some of them are not worth a document."""
    yield
    complete = [one.scenario for one in ground.figures] == list(SCENARIOS)
    if complete and request.config.getoption("--write-report"):
        write_faults(ground.figures)


def test_a_process_killed_at_random_points(ground: Ground) -> None:
    kills = 0
    with ground.flow("killed", 100) as flow:
        while not flow.over.wait(0.15):
            kills += ground.kill(*ground.stages)
    assert kills > 10


def test_a_process_killed_between_the_audit_write_and_the_table_write(ground: Ground) -> None:
    # The client waits for 5 s. Two rounds of writes are held, so that a busy machine sees one.
    late = {**PUT_ITEM, "latency_seconds": 4.0, "times": 17}
    failing = {**late, "code": "InternalServerError", "times": 3}
    with ground.flow("killed-between", 100), ground.faults(failing, late):
        eventually(lambda: ground.left()[1] < 17)
        unrecorded = eventually(lambda: claims(ground.stack) - records(ground.stack))
        for process in ground.environments("processor"):
            process.kill()
        eventually(partial(recorded, ground.stack, unrecorded))


def recorded(stack: Stack, transaction_ids: set[str]) -> bool:
    return transaction_ids <= records(stack)


def claims(stack: Stack) -> set[str]:
    pages = stack.s3.get_paginator("list_objects_v2").paginate(
        Bucket=stack.outputs.bucket_name, Prefix="transactions/killed-between"
    )
    return {Path(found["Key"]).stem for page in pages for found in page.get("Contents", [])}


def records(stack: Stack) -> set[str]:
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.outputs.table_name, ConsistentRead=True
    )
    return {item["transactionId"]["S"] for page in pages for item in page["Items"]}


def test_a_function_that_times_out(ground: Ground) -> None:
    name = ground.stack.stage("processor").function_name
    late = {**PUT_ITEM, "latency_seconds": 2.0, "times": 12}
    configure(ground.stack, name, 1)
    with ground.flow("timeout", 60) as flow, ground.faults(late):
        flow.over.wait()
        eventually(lambda: not any(ground.left()))
        configure(ground.stack, name, 60)
    timeouts = ground.stack.logs.filter_log_events(
        logGroupName=f"/aws/lambda/{name}", filterPattern='"Sandbox.Timedout"'
    )
    assert timeouts["events"]


def configure(stack: Stack, function: str, timeout: int) -> None:
    stack.functions.update_function_configuration(FunctionName=function, Timeout=timeout)
    stack.functions.get_waiter("function_updated_v2").wait(
        FunctionName=function, WaiterConfig={"Delay": 1}
    )


def test_a_table_that_throttles_and_fails(ground: Ground) -> None:
    faults = (
        {**PUT_ITEM, **THROTTLED, "times": 40},
        {**PUT_ITEM, "code": "InternalServerError", "times": 40},
        {**PUT_ITEM, "code": "ServiceUnavailable", "status": 503, "times": 20},
    )
    with ground.flow("table", 90) as flow, ground.faults(*faults):
        flow.over.wait()


def test_a_bucket_that_fails_and_refuses_concurrent_writes(ground: Ground) -> None:
    faults = (
        {**PUT_OBJECT, "code": "InternalError", "times": 30},
        {**PUT_OBJECT, "code": "SlowDown", "status": 503, "times": 30},
        {**PUT_OBJECT, "code": "ConditionalRequestConflict", "status": 409, "times": 10},
        {"service": "s3", "operation": "HeadObject", "code": "503", "status": 503, "times": 10},
    )
    with ground.flow("s3", 90) as flow, ground.faults(*faults):
        flow.over.wait()


def test_a_topic_that_fails(ground: Ground) -> None:
    faults = (
        {**PUBLISH, "code": "InternalError", "times": 1_000, "containing": "sns-1"},
        {**PUBLISH, "code": "Throttled", "status": 429, "times": 30},
    )
    with ground.flow("sns", 80), ground.faults(*faults):
        eventually(ground.untold)


def test_a_topic_that_is_denied(ground: Ground) -> None:
    with ground.flow("sns-denied", 60), ground.denied("notifier", "sns:Publish"):
        eventually(lambda: len(ground.untold()) > 10)


def test_a_table_that_is_denied_for_the_length_of_the_retries(ground: Ground) -> None:
    with ground.flow("table-denied", 100) as flow:
        with ground.denied("processor", "dynamodb:PutItem"):
            flow.over.wait()
            ground.told_of(flow.requests)
        before = ground.redrive("processor", NOT_WRONG, "--dry-run")
        assert len(before) > 50
        kill_redrive_after(20, ground)
        ground.redrives += 20
        # What it held is hidden from all for a while.
        eventually(lambda: not hidden_letters(ground.stack))
        after = len(ground.redrive("processor", NOT_WRONG))
        assert len(before) - 22 <= after <= len(before) - 18
        assert ground.redrive("processor", NOT_WRONG) == []


def kill_redrive_after(letters: int, ground: Ground) -> None:
    command = [sys.executable, "-m", "ops", "redrive", "processor", "--only-error", NOT_WRONG]
    process = subprocess.Popen(
        [*command, "--local", str(ground.description)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process.stdout as lines:
        for _ in range(letters):
            assert next(lines)
        process.kill()
        assert process.wait() == -signal.SIGKILL


def test_the_same_event_delivered_twice(ground: Ground) -> None:
    with ground.flow("delivered-twice", 40) as flow:
        outputs = ground.stack.outputs
        for number in range(40):
            body = a_body(transactionId=f"delivered-twice-again-{number}", amount=number + 0.25)
            request_id = str(uuid.uuid4())
            received_at = int(time.time() * 1_000)
            origin = {"requestId": request_id, "apiKeyId": outputs.api_key_id}
            event = {**origin, "receivedAt": received_at, "transaction": body}
            validated = {**body, **origin, "timestamp": received_at, "amount": f"{number}.25"}
            record = {"version": "1.0", "responsePayload": validated}
            ground.send("validator", event)
            ground.send("validator", event)
            ground.send("processor", record)
            flow.accepted.append(promised(request_id, body))


def test_the_same_id_at_the_same_instant(ground: Ground) -> None:
    late = {**PUT_OBJECT, "latency_seconds": 0.2, "times": 60, "containing": "at-once"}
    with (
        ground.flow("same-instant", 30) as flow,
        ground.faults(late),
        ThreadPoolExecutor(3) as clients,
    ):
        for number in range(20):
            together = threading.Barrier(3)
            name = f"same-instant-at-once-{number}"
            body = a_body(transactionId=name, amount=10, currency="JPY")

            def at_once(submitted: Body, barrier: threading.Barrier = together) -> Accepted:
                barrier.wait()
                return post(ground.stack, submitted)

            flow.accepted += clients.map(at_once, [body, body, {**body, "amount": 11}])


def test_concurrency_exhausted_so_that_events_wait(ground: Ground) -> None:
    name = ground.stack.stage("processor").function_name
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("lambda", config=once, **ground.stack.connection)

    def throttled() -> bool:
        try:
            client.invoke(FunctionName=name, Payload="{}")
        except client.exceptions.TooManyRequestsException:
            return True
        return False

    late = {**PUT_OBJECT, "latency_seconds": 0.2, "times": 20}
    with ground.flow("exhausted", 100) as flow, ground.faults(late):
        reserve(ground.stack, name, 1)
        eventually(throttled)
        flow.over.wait()
        reserve(ground.stack, name, EXECUTIONS["processor"])


def reserve(stack: Stack, function: str, executions: int) -> None:
    stack.functions.put_function_concurrency(
        FunctionName=function, ReservedConcurrentExecutions=executions
    )


def test_code_updated_in_mid_flow(ground: Ground) -> None:
    with ground.flow("updated", 100):
        before = {stage: code_of(ground.stack, stage) for stage in ground.stages}
        for version in range(2):
            for stage in ground.stages:
                update(ground.stack, stage, version)
        assert all(code_of(ground.stack, stage) != code for stage, code in before.items())


def update(stack: Stack, stage: str, version: int) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for source in sorted((ROOT / "src").rglob("*.py")):
            name = str(source.relative_to(ROOT / "src"))
            packed.writestr(name, f"{source.read_text()}\n# version {version}\n")
    function = stack.stage(stage).function_name
    stack.functions.update_function_code(FunctionName=function, ZipFile=archive.getvalue())
    stack.functions.get_waiter("function_updated_v2").wait(
        FunctionName=function, WaiterConfig={"Delay": 1}
    )


def code_of(stack: Stack, stage: str) -> str:
    function = stack.stage(stage).function_name
    return stack.functions.get_function_configuration(FunctionName=function)["CodeSha256"]


def test_all_of_it_together(ground: Ground) -> None:
    name = ground.stack.stage("processor").function_name
    faults = (
        {**PUT_ITEM, **THROTTLED, "times": 20},
        {**PUT_ITEM, "code": "InternalServerError", "times": 20},
        {**PUT_OBJECT, "code": "SlowDown", "status": 503, "times": 20},
        {**PUT_OBJECT, "code": "ConditionalRequestConflict", "status": 409, "times": 5},
        {**PUBLISH, "code": "InternalError", "times": 20},
    )
    with ground.flow("together", 120) as flow, ground.faults(*faults):
        reserve(ground.stack, name, 3)
        with ground.denied("processor", "dynamodb:PutItem"):
            ground.kill("processor")
            flow.over.wait(1)
        update(ground.stack, "processor", 2)
        while not flow.over.wait(0.3):
            ground.kill(*ground.stages)
        reserve(ground.stack, name, EXECUTIONS["processor"])


def test_the_ledger_of_all_of_it_balances(ground: Ground, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.jsonl"
    accepted.write_text("".join(map(line_of, ground.accepted)))
    report = ground.operate("audit", "--accepted", str(accepted))
    requests, kept = report.pop("requests"), report.pop("kept")

    in_queues = {"validator": requests["DEAD_LETTERED"], "processor": 0, "notifier": 0}
    assert report == {
        "balanced": True,
        "unaccounted": {},
        "broken": {},
        "deadLetters": in_queues,
    }
    assert sum(requests.values()) == len(ground.accepted) >= 1_000
    assert kept == {
        "records": requests["RECORDED"],
        "auditObjects": requests["RECORDED"],
        "archived": 0,
        "deadLetters": requests["DEAD_LETTERED"],
        "untold": 0,
    }
    assert min(requests["DUPLICATE"], requests["CONFLICT"]) >= 50


def line_of(accepted: Accepted) -> str:
    content = accepted.content
    transaction = content.fields() | {"amount": float(content.amount)}
    return json.dumps({"requestId": accepted.request_id, "transaction": transaction}) + "\n"
