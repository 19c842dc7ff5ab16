"""No accepted transaction is lost or recorded twice under any fault."""

import io
import json
import signal
import subprocess
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from local.launch import ROOT
from ops.evidence import count_in_flight
from ops.reconciliation import Accepted
from ops.stack import Stack
from ops.transaction import a_body
from template.capacity_check import executions
from template.pipeline import compose
from template.settings import Settings
from tests.polling import eventually
from tests.reliability.fault_harness import SHARE, FaultHarness
from tests.reliability.reliability_doc import SCENARIOS, write_faults
from tests.reliability.traffic import Body, accepted_request, post

pytestmark = pytest.mark.slow

THROTTLED = {"code": "ProvisionedThroughputExceededException", "status": 400}
PUT_ITEM = {"service": "dynamodb", "operation": "PutItem"}
PUT_OBJECT = {"service": "s3", "operation": "PutObject"}
PUBLISH = {"service": "sns", "operation": "Publish"}

EXECUTIONS = executions(Settings(), compose(Settings()).stages)


@pytest.fixture(scope="module", autouse=True)
def _document(request: pytest.FixtureRequest, harness: FaultHarness) -> Iterator[None]:
    """Write the results if all scenarios ran and --write-report is given."""
    yield
    complete = [one.scenario for one in harness.results] == list(SCENARIOS)
    if complete and request.config.getoption("--write-report"):
        write_faults(harness.results)


def test_a_process_killed_at_random_points(harness: FaultHarness) -> None:
    kills = 0
    with harness.flow("killed", 100) as flow:
        while not flow.over.wait(0.15):
            kills += harness.kill(*harness.stages)
        # A quick machine submits all in less time: the kills go on while events are in progress.
        while kills <= 10:
            kills += eventually(lambda: harness.kill(*harness.stages))
    assert kills > 10


def test_a_process_killed_between_the_audit_write_and_the_table_write(
    harness: FaultHarness,
) -> None:
    # The client's timeout is 5 s. Two rounds of writes are delayed so that a slow machine sees one.
    late = {**PUT_ITEM, "latency_seconds": 4.0, "times": 17}
    failing = {**late, "code": "InternalServerError", "times": 3}
    with harness.flow("killed-between", 100), harness.faults(failing, late):
        eventually(lambda: harness.left()[1] < 17)
        unrecorded = eventually(lambda: claims(harness.stack) - records(harness.stack))
        for process in harness.environments("processor"):
            process.kill()
        eventually(lambda: unrecorded <= records(harness.stack))


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


def test_a_function_that_times_out(harness: FaultHarness) -> None:
    name = harness.stack.stage("processor").function_name
    late = {**PUT_ITEM, "latency_seconds": 2.0, "times": 12}
    configure(harness.stack, name, 1)
    with harness.flow("timeout", 60) as flow, harness.faults(late):
        flow.over.wait()
        eventually(lambda: not any(harness.left()))
        configure(harness.stack, name, 60)
    timeouts = harness.stack.logs.filter_log_events(
        logGroupName=f"/aws/lambda/{name}", filterPattern='"Sandbox.Timedout"'
    )
    assert timeouts["events"]


def configure(stack: Stack, function: str, timeout: int) -> None:
    stack.functions.update_function_configuration(FunctionName=function, Timeout=timeout)
    stack.functions.get_waiter("function_updated_v2").wait(
        FunctionName=function, WaiterConfig={"Delay": 1}
    )


def test_a_table_and_a_bucket_that_throttle_and_fail(harness: FaultHarness) -> None:
    faults = (
        {**PUT_ITEM, **THROTTLED, "times": 40},
        {**PUT_ITEM, "code": "InternalServerError", "times": 40},
        {**PUT_ITEM, "code": "ServiceUnavailable", "status": 503, "times": 20},
        {**PUT_OBJECT, "code": "InternalError", "times": 30},
        {**PUT_OBJECT, "code": "SlowDown", "status": 503, "times": 30},
        {**PUT_OBJECT, "code": "ConditionalRequestConflict", "status": 409, "times": 10},
        {"service": "s3", "operation": "HeadObject", "code": "503", "status": 503, "times": 10},
    )
    with harness.flow("stores", 120) as flow, harness.faults(*faults):
        flow.over.wait()


def test_a_topic_that_fails(harness: FaultHarness) -> None:
    faults = (
        {**PUBLISH, "code": "InternalError", "times": 1_000, "containing": "sns-1"},
        {**PUBLISH, "code": "Throttled", "status": 429, "times": 30},
    )
    with harness.flow("sns", 80), harness.faults(*faults):
        eventually(harness.unnotified)


def test_a_table_that_is_denied_for_the_length_of_the_retries(harness: FaultHarness) -> None:
    with ExitStack() as denial:
        # Before the flow, whose first transactions would otherwise be recorded.
        denial.enter_context(harness.denied("processor", "dynamodb:PutItem"))
        with harness.flow("table-denied", 100) as flow:
            flow.over.wait()
            harness.wait_for_notifications(flow.requests)
            denial.close()
            before = harness.redrive("processor", "--dry-run")
            assert len(before) > 50 * SHARE
            kill_redrive_after(20, harness)
            harness.redrives += 20
            # The messages of the killed redrive are in flight for a while.
            eventually(lambda: not count_in_flight(harness.stack))
            after = len(harness.redrive("processor"))
            assert len(before) - 22 <= after <= len(before) - 18
            assert harness.redrive("processor") == []


def kill_redrive_after(count: int, harness: FaultHarness) -> None:
    process = subprocess.Popen(
        ["pipeline", "redrive", "processor", "--local", str(harness.description)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process.stdout as lines:
        for _ in range(count):
            assert next(lines)
        process.kill()
        assert process.wait() == -signal.SIGKILL


def test_the_same_event_delivered_twice(harness: FaultHarness) -> None:
    with harness.flow("delivered-twice", 40) as flow:
        outputs = harness.stack.outputs
        for number in range(40):
            body = a_body(transactionId=f"delivered-twice-again-{number}", amount=number + 0.25)
            request_id = str(uuid.uuid4())
            received_at = int(time.time() * 1_000)
            origin = {"requestId": request_id, "apiKeyId": outputs.api_key_id}
            event = {**origin, "receivedAt": received_at, "transaction": body}
            validated = {**body, **origin, "timestamp": received_at, "amount": f"{number}.25"}
            record = {"version": "1.0", "responsePayload": validated}
            harness.send("validator", event)
            harness.send("validator", event)
            harness.send("processor", record)
            flow.accepted.append(accepted_request(request_id, body))


def test_the_same_id_at_the_same_instant(harness: FaultHarness) -> None:
    late = {**PUT_OBJECT, "latency_seconds": 0.2, "times": 60, "containing": "at-once"}
    with (
        harness.flow("same-instant", 30) as flow,
        harness.faults(late),
        ThreadPoolExecutor(3) as clients,
    ):
        for number in range(20):
            together = threading.Barrier(3)
            name = f"same-instant-at-once-{number}"
            body = a_body(transactionId=name, amount=10, currency="JPY")

            def at_once(submitted: Body, barrier: threading.Barrier = together) -> Accepted:
                barrier.wait()
                return post(harness.stack, submitted)

            flow.accepted += clients.map(at_once, [body, body, {**body, "amount": 11}])


def test_exhausted_concurrency_that_queues_events(harness: FaultHarness) -> None:
    name = harness.stack.stage("processor").function_name
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("lambda", config=once, **harness.stack.connection)

    def throttled() -> bool:
        try:
            client.invoke(FunctionName=name, Payload="{}")
        except client.exceptions.TooManyRequestsException:
            return True
        return False

    late = {**PUT_OBJECT, "latency_seconds": 0.2, "times": 20}
    with harness.flow("exhausted", 100) as flow, harness.faults(late):
        reserve(harness.stack, name, 1)
        eventually(throttled)
        flow.over.wait()
        reserve(harness.stack, name, EXECUTIONS["processor"])


def reserve(stack: Stack, function: str, executions: int) -> None:
    stack.functions.put_function_concurrency(
        FunctionName=function, ReservedConcurrentExecutions=executions
    )


def test_code_updated_while_transactions_are_in_progress(harness: FaultHarness) -> None:
    with harness.flow("updated", 100):
        before = {stage: code_of(harness.stack, stage) for stage in harness.stages}
        for version in range(2):
            for stage in harness.stages:
                update(harness.stack, stage, version)
        assert all(code_of(harness.stack, stage) != code for stage, code in before.items())


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


def test_all_faults_together(harness: FaultHarness) -> None:
    name = harness.stack.stage("processor").function_name
    faults = (
        {**PUT_ITEM, **THROTTLED, "times": 20},
        {**PUT_ITEM, "code": "InternalServerError", "times": 20},
        {**PUT_OBJECT, "code": "SlowDown", "status": 503, "times": 20},
        {**PUT_OBJECT, "code": "ConditionalRequestConflict", "status": 409, "times": 5},
        {**PUBLISH, "code": "InternalError", "times": 20},
    )
    with harness.flow("together", 120) as flow, harness.faults(*faults):
        reserve(harness.stack, name, 3)
        with harness.denied("processor", "dynamodb:PutItem"):
            harness.kill("processor")
            flow.over.wait(1)
        update(harness.stack, "processor", 2)
        while not flow.over.wait(0.3):
            harness.kill(*harness.stages)
        reserve(harness.stack, name, EXECUTIONS["processor"])


def test_all_scenarios_are_reconciled(harness: FaultHarness, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.jsonl"
    accepted.write_text("".join(map(line_of, harness.accepted)))
    report = harness.operate("audit", "--accepted", str(accepted))
    requests, stored = report.pop("requests"), report.pop("stored")

    assert report == {
        "reconciled": True,
        "discrepancies": {},
        "inconsistent": {},
        "foreign": {},
        "deadLetters": dict.fromkeys(harness.stages, 0),
    }
    assert sum(requests.values()) == len(harness.accepted) >= 1_000 * SHARE
    assert stored == {
        "records": requests["RECORDED"],
        "auditObjects": requests["RECORDED"],
        "archived": 0,
        "outcomes": len(harness.accepted),
        "deadLetters": 0,
        "unnotified": 0,
    }
    assert min(requests["DUPLICATE"], requests["CONFLICT"]) >= 50 * SHARE
    assert requests["REJECTED"] > 0
    assert (requests["DEAD_LETTERED"], requests["UNKNOWN"]) == (0, 0)


def line_of(accepted: Accepted) -> str:
    content = accepted.content
    transaction = content.fields() | {"amount": float(content.amount)}
    return json.dumps({"requestId": accepted.request_id, "transaction": transaction}) + "\n"
