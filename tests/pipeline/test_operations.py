"""The commands of `pipeline` on a deployed stack: output, files and exit status."""

import json
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from click.testing import CliRunner, Result

from cli.main import cli
from contract import outcome_item
from local import deployment
from local.launch import ROOT
from local.lifecycle import Engine
from ops import evidence
from ops.client_keys import client_keys
from ops.fixed_names import FIXED_NAMES
from ops.plan import Plan
from ops.preflight import SAM_MINIMUM
from ops.stack import Connection, Stack, StackUnavailable
from ops.transaction import a_body
from template.api_models import REQUEST_IN_WORDS
from tests.polling import eventually

SECONDS = 60


@pytest.fixture(scope="session")
def description(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("operations") / "stack.json"
    stack.save(path)
    return path


def run(path: Path, *arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--local", str(path)], input=text)


def lines(*bodies: dict[str, Any]) -> str:
    return "".join(json.dumps(body) + "\n" for body in bodies)


def order(transaction_id: str, **changes: object) -> dict[str, Any]:
    return a_body(**{"transactionId": transaction_id, "amount": 10, **changes})


def test_submit_tracks_each_transaction(description: Path, tmp_path: Path) -> None:
    file, accepted = tmp_path / "orders.jsonl", tmp_path / "accepted.jsonl"
    file.write_text(
        lines(
            order("wait-1"),
            order("wait-1"),
            order("wait-1", amount=11),
            order("wait-2", amount=1.005),
            order("wait-3", amount=-1),
        )
    )

    result = run(description, "submit", str(file), "--wait", "--accepted", str(accepted))
    audit = ("audit", "--prefix", "wait-")
    reconciled = run(description, *audit, "--accepted", str(accepted), "--json")
    listed = run(description, *audit, "--accepted", str(accepted))
    unlisted = run(description, *audit)

    assert result.exit_code == 0, result.output
    rows = re.findall(r"^  (wait-\d) +(\d+) +(\w+) +([\w.-]+) ", result.stdout, re.MULTILINE)
    assert rows == [
        ("wait-1", "202", "PROCESSED", "wait-1.json"),
        ("wait-1", "202", "DUPLICATE", "wait-1.json"),
        ("wait-1", "202", "CONFLICT", "wait-1.json"),
        ("wait-2", "202", "REJECTED", "-"),
        ("wait-3", "400", "400", "-"),
    ]
    assert result.stdout.splitlines()[-5:-1] == [
        "REJECTED: amount: has more than the 2 decimals of USD",
        "    wait-2",
        f"400: {REQUEST_IN_WORDS}",
        "    wait-3",
    ]
    assert result.stdout.splitlines()[-1] == (
        "5 submitted: 4 accepted, 1 client errors; 1 recorded, 4 with an outcome, 0 dead-lettered; "
        "nothing is unaccounted for."
    )
    assert json.loads(reconciled.stdout)["requests"] == {
        "RECORDED": 1,
        "DUPLICATE": 1,
        "CONFLICT": 1,
        "REJECTED": 1,
        "DEAD_LETTERED": 0,
        "UNKNOWN": 0,
    }
    assert re.search(r"^requests +RECORDED +1$", listed.stdout, re.MULTILINE)
    assert "requests" not in unlisted.stdout, "requests are counted only if a list is given"


def test_submit_reads_standard_input_and_keeps_amounts_as_written(
    pipeline: Stack, description: Path, tmp_path: Path
) -> None:
    accepted = tmp_path / "accepted.jsonl"
    accepted.write_text("earlier\n")
    text = json.dumps(order("exact-1", amount=7)).replace("7", "1.1e2")

    result = run(
        description, "submit", "-", "--wait", "--json", "--accepted", str(accepted), text=text
    )

    report = json.loads(result.stdout)
    (transaction,) = report.pop("transactions")
    assert report == {
        "submitted": 1,
        "accepted": 1,
        "clientErrors": 0,
        "unconfirmed": 0,
        "interrupted": False,
    }
    assert transaction == {
        "transactionId": "exact-1",
        "httpStatus": 202,
        "requestId": transaction["requestId"],
        "message": "",
        "outcome": "PROCESSED",
        "accountedFor": True,
        "reason": "",
        "audited": True,
        "recorded": True,
        "milliseconds": transaction["milliseconds"],
        "foreign": {},
    }
    earlier, appended = accepted.read_text().splitlines()
    assert earlier == "earlier"
    assert re.fullmatch(
        rf'{{"requestId": "{transaction["requestId"]}", "acceptedAt": [0-9]{{13}}, '
        rf'"transaction": {re.escape(text)}, "entry": 1}}',
        appended,
    )
    (record,) = evidence.record_of(pipeline, "exact-1")
    assert Decimal(record["amount"]["N"]) == Decimal(110)


def test_submit_fails_when_an_accepted_one_is_not_accounted_for_in_time(
    engine: Engine, description: Path
) -> None:
    late = {
        "service": "s3",
        "operation": "PutObject",
        "containing": "transactions/late-1.json",
        "latency_seconds": 6.0,  # longer than the function waits
        "times": 2,
    }
    assert requests.post(f"{engine.endpoint_url}/_local/faults", json=late, timeout=SECONDS).ok

    result = run(
        description, "submit", "-", "--wait", "--timeout", "1", text=lines(order("late-1"))
    )

    assert result.exit_code == 1
    assert re.search(r"^  late-1 +202 +no outcome +- +-", result.stdout, re.MULTILINE)
    assert re.search(r"; unaccounted for: [0-9a-f-]{36}\.$", result.stdout)
    eventually(lambda: "RECORDED" in run(description, "status", "late-1").stdout)


MANY = 2_000


class Slow(BaseHTTPRequestHandler):
    """An API that accepts every request, but delays the transactionId "slow"."""

    waiting = threading.Event()
    released = threading.Event()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["transactionId"] == "slow":
            self.waiting.set()
            self.released.wait(SECONDS)
        response = json.dumps({"requestId": f"request-{body['transactionId']}"}).encode()
        self.send_response(202)
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/transaction"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_submit_interrupted_prints_the_accepted_so_far(
    description: Path, tmp_path: Path, number: signal.Signals
) -> None:
    Slow.waiting.clear()
    Slow.released.clear()
    accepted, file = tmp_path / "accepted.jsonl", tmp_path / "stack.json"
    # A busy machine, too, handles the signal before it has submitted this many.
    never = (order(f"never-{number}") for number in range(MANY))
    text = lines(order("quick"), order("slow"), *never)
    with serving() as endpoint:
        file.write_text(
            json.dumps({**json.loads(description.read_text()), "api_endpoint": endpoint})
        )
        process = subprocess.Popen(
            [
                *("pipeline", "submit", "-", "--parallel", "1"),
                *("--local", str(file), "--accepted", str(accepted)),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
        assert Slow.waiting.wait(SECONDS)
        # What is accepted is on disk before anything is printed.
        assert [json.loads(line)["requestId"] for line in accepted.read_text().splitlines()] == [
            "request-quick"
        ]
        process.send_signal(number)
        Slow.released.set()
        out, _ = process.communicate(timeout=SECONDS)

    count = len(accepted.read_text().splitlines())
    assert process.returncode == 128 + number
    assert out.splitlines() == [
        f"Interrupted: {count} submitted: {count} accepted, 0 client errors.",
        "To submit the others, add --resume.",
    ]
    assert 2 <= count < 2 + MANY


def test_status_shows_the_state_of_a_transaction(description: Path) -> None:
    bodies = (
        order("status-1"),
        order("status-1"),
        order("status-2", amount=1.005),
        order("5555-5555-5555-4444"),
    )
    assert run(description, "submit", "-", "--wait", text=lines(*bodies)).exit_code == 0

    recorded = run(description, "status", "status-1")
    rejected = json.loads(run(description, "status", "status-2", "--json").stdout)
    card_like = json.loads(run(description, "status", "5555-5555-5555-4444", "--json").stdout)

    assert recorded.exit_code == 0
    assert recorded.stdout.splitlines()[0] == "status-1: RECORDED"
    assert recorded.stdout.splitlines()[-1] == "Nothing to do."
    shown = [re.split("  +", line.strip()) for line in recorded.stdout.splitlines()[1:-1]]
    assert [line[0] for line in shown] == ["record", "audit object", "request", "request"]
    assert {line[2] for line in shown[2:]} == {"PROCESSED", "DUPLICATE"}
    (request,) = rejected.pop("requests")
    reason = "amount: has more than the 2 decimals of USD"
    assert request == {
        "requestId": request["requestId"],
        "status": "REJECTED",
        "reason": reason,
        "function": "",
    }
    assert rejected == {
        "transactionId": "status-2",
        "state": "REJECTED",
        "records": [],
        "auditObjects": [],
        "archived": False,
        "deadLetters": [],
        "foreign": {},
        "nextSteps": [f"Rejected ({reason}): correct the transaction and submit it again."],
    }
    # An ID that resembles a card number is not logged; the request IDs are.
    assert [one["status"] for one in card_like["requests"]] == ["PROCESSED"]


def test_status_finds_the_transaction_of_a_request(description: Path) -> None:
    text = lines(order("asked-1", amount=1.005))
    submitted = json.loads(run(description, "submit", "-", "--wait", "--json", text=text).stdout)
    request_id = submitted["transactions"][0]["requestId"]

    result = run(description, "status", request_id)

    reason = "amount: has more than the 2 decimals of USD"
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "asked-1: REJECTED",
        f"  request       {request_id}  REJECTED  {reason}",
        f"Rejected ({reason}): correct the transaction and submit it again.",
    ]


def test_status_of_an_unknown_transaction_exits_with_1(description: Path) -> None:
    result = run(description, "status", "never-sent")

    assert result.exit_code == 1
    assert result.stdout.startswith("never-sent: NOT_FOUND\nThe transaction was never accepted, ")


def test_status_rejects_an_invalid_id(description: Path) -> None:
    result = run(description, "status", "../order-1001")

    assert result.exit_code == 2
    assert (
        "Invalid value for ID: '../order-1001' must be 1 to 64 of A-Z a-z 0-9 . _ -"
        in result.output
    )


def await_dead_letter(pipeline: Stack, request_id: str) -> None:
    eventually(lambda: request_id in {one.request_id for one in evidence.dead_letters(pipeline)})


@pytest.fixture(scope="module")
def dead_lettered(pipeline: Stack) -> Iterator[str]:
    """Yield the request ID of a dead-letter message, among others."""
    request_id, stage = "made-by-hand", pipeline.stage("validator")
    event = {"requestId": request_id, "receivedAt": 1, "apiKeyId": "key"}
    pipeline.functions.invoke(
        FunctionName=stage.function_name, InvocationType="Event", Payload=json.dumps(event)
    )
    await_dead_letter(pipeline, request_id)
    yield request_id
    url = pipeline.sqs.get_queue_url(QueueName=stage.queue_name)["QueueUrl"]
    with evidence.receive_dead_letters(pipeline, stage) as messages:
        for message in messages:
            if message.request_id == request_id:
                pipeline.sqs.delete_message(QueueUrl=url, ReceiptHandle=message.receipt)


def test_redrive_shows_each_error_and_counts(
    pipeline: Stack, description: Path, dead_lettered: str
) -> None:
    only = ["redrive", "validator", "--only-error", "transaction: is missing"]
    expected = f"{dead_lettered}  transaction: is missing from the event"

    dry = run(description, *only, "--dry-run")
    wet = run(description, *only, "--limit", "1")
    await_dead_letter(pipeline, dead_lettered)  # nothing can fix it

    assert expected in dry.output
    assert dry.output.endswith("validator: 1 dead-letter messages would be redriven.\n")
    assert expected in wet.output
    assert wet.output.endswith("validator: 1 dead-letter messages redriven.\n")
    # It fails again, after its retries.
    eventually(lambda: dead_lettered in {one.request_id for one in evidence.dead_letters(pipeline)})


def test_redrive_rejects_an_invalid_regular_expression(description: Path) -> None:
    result = run(description, "redrive", "validator", "--only-error", "(")

    assert result.exit_code == 2
    assert "Invalid value for --only-error: missing ), unterminated subpattern" in result.output


def test_audit_names_a_lost_request(description: Path, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.jsonl"
    accepted.write_text(json.dumps({"requestId": "gone", "transaction": order("never")}))

    result = run(description, "audit", "--accepted", str(accepted), "--prefix", "never")

    assert result.exit_code == 1
    assert [line.split() for line in result.stdout.splitlines()[-2:]] == [
        ["discrepancies", "gone", "LOST"],
        ["Discrepancies", "found:", "see", "docs/operations.md."],
    ]


def test_audit_finds_an_outcome_without_its_record_and_excuses_an_expired_request(
    pipeline: Stack, description: Path, tmp_path: Path
) -> None:
    accepted = tmp_path / "accepted.jsonl"
    expired = {"requestId": "expired", "acceptedAt": 1, "transaction": order("hollow-1")}
    accepted.write_text(json.dumps(expired))
    message = {"requestId": "hollow", "transactionId": "hollow-2", "status": "PROCESSED"}
    pipeline.dynamodb.put_item(
        TableName=pipeline.outputs.outcomes_table_name,
        Item=outcome_item(message, int(time.time()) + 86_400),
    )

    audit = ["audit", "--prefix", "hollow-", "--accepted", str(accepted), "--json"]
    found = run(description, *audit)
    pipeline.dynamodb.delete_item(
        TableName=pipeline.outputs.outcomes_table_name, Key={"requestId": {"S": "hollow"}}
    )
    cleaned = run(description, *audit)

    report = json.loads(found.stdout)
    assert (found.exit_code, report["discrepancies"]) == (1, {"hollow": "OUTCOME_WITHOUT_RECORD"})
    assert (cleaned.exit_code, json.loads(cleaned.stdout)["requests"]["UNKNOWN"]) == (0, 1)


@pytest.mark.usefixtures("dead_lettered")
def test_audit_does_not_reconcile_while_dead_letters_are_in_flight(
    pipeline: Stack, description: Path
) -> None:
    with evidence.receive_dead_letters(pipeline, pipeline.stage("validator")) as messages:
        assert next(messages).stage == "validator"
        result = run(description, "audit")

    assert result.exit_code == 2
    assert result.output.endswith("dead-letter messages are in flight; retry in a minute.\n")


def test_outputs_are_shown_and_written_flat(
    pipeline: Stack, description: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    shown = run(description, "outputs")
    printed = run(description, "outputs", "--json", "--output", "elsewhere.json")

    flat = json.loads((tmp_path / "cfn-outputs/flat-outputs.json").read_text())
    assert flat == json.loads(printed.stdout) == json.loads(Path("elsewhere.json").read_text())
    assert flat["TableName"] == pipeline.outputs.table_name
    assert flat["ApiEndpoint"] == pipeline.api_endpoint
    assert flat["ApiUrl"] + "/transaction" == pipeline.api_endpoint
    assert flat.keys() == json.loads(description.read_text())["outputs"].keys()
    assert [line.split() for line in shown.stdout.splitlines()[:-1]] == [
        [name, value] for name, value in flat.items()
    ]
    assert shown.stdout.endswith("Written to cfn-outputs/flat-outputs.json\n")


def take_names(connection: Connection) -> set[tuple[str, str]]:
    """Create resources with names of the environment "taken", as an earlier stack leaves them."""
    logs = boto3.client("logs", **connection)
    cloudwatch = boto3.client("cloudwatch", **connection)
    bucket = "audit-logs-taken-000000000000-ap-southeast-1"
    boto3.client("dynamodb", **connection).create_table(
        TableName="outcomes-taken",
        AttributeDefinitions=[{"AttributeName": "requestId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "requestId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    boto3.client("iam", **connection).create_role(
        RoleName="validator-role-taken", AssumeRolePolicyDocument="{}"
    )
    logs.create_log_group(logGroupName="/aws/lambda/notifier-taken")
    # Not a name of the template, although it begins with one.
    logs.create_log_group(logGroupName="/aws/lambda/processor-taken-2")
    boto3.client("s3", **connection).create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"}
    )
    boto3.client("sns", **connection).create_topic(Name="operations-alarms-taken")
    boto3.client("sqs", **connection).create_queue(QueueName="notifier-dlq-taken")
    cloudwatch.put_dashboard(
        DashboardName="transaction-pipeline-taken", DashboardBody='{"widgets": []}'
    )
    cloudwatch.put_metric_alarm(
        AlarmName="validator-Errors-taken",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    return {
        ("table", "outcomes-taken"),
        ("role", "validator-role-taken"),
        ("log group", "/aws/lambda/notifier-taken"),
        ("bucket", bucket),
        ("topic", "operations-alarms-taken"),
        ("queue", "notifier-dlq-taken"),
        ("dashboard", "transaction-pipeline-taken"),
        ("alarm", "validator-Errors-taken"),
    }


def test_preflight_knows_its_own_names_and_those_of_others(
    engine: Engine, description: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    taken = take_names(engine.connection)

    own = run(description, "preflight", "--json")
    other = run(description, "preflight", "--suffix", "taken", "--json")

    assert own.exit_code == 0, own.output
    found = {check["name"]: check["found"] for check in json.loads(own.stdout)["checks"]}
    assert found["stack"] == "transactions-test will be updated (CREATE_COMPLETE)"
    assert {found[fixed.label].partition(" ")[2] for fixed in FIXED_NAMES.values()} == {
        "of transactions-test"
    }
    assert other.exit_code == 1
    report = json.loads(other.stdout)
    assert (report["stack"], report["suffix"]) == ("transactions-taken", "taken")
    would_fail = [check for check in report["checks"] if not check["ok"]]
    assert {(check["name"], check["found"].partition(" ")[0]) for check in would_fail} == taken


@pytest.mark.parametrize("environment", ["default", "staging", "prod"])
def test_every_environment_of_ours_can_be_planned(environment: str) -> None:
    plan = Plan.read(ROOT, environment)

    suffix = "dev" if environment == "default" else environment
    assert (plan.stack_name, plan.suffix) == (f"transaction-pipeline-{suffix}", suffix)
    assert sum(plan.reservations()) == 30
    assert plan.runtimes() == ["python3.13"]
    names = list(plan.names("000000000000"))
    assert ("AWS::IAM::Role", f"validator-role-{suffix}") in names
    assert (
        "AWS::S3::Bucket",
        f"audit-logs-{suffix}-000000000000-ap-southeast-1",
    ) in names


def test_the_oldest_sam_is_that_of_the_requirements() -> None:
    required = (ROOT / "requirements/project.in").read_text()

    assert f"aws-sam-cli>={'.'.join(map(str, SAM_MINIMUM))}\n" in required


def audit_versions(stack: Stack) -> int:
    found = stack.s3.list_object_versions(Bucket=stack.outputs.bucket_name)
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def test_destroy_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    deployment.deploy(engine, "gone").save(path)
    stack = Stack.local(path)
    submitted = run(path, "submit", "-", "--wait", text=lines(order("gone-1"), order("gone-2")))
    assert submitted.exit_code == 0, submitted.output
    # One version is overwritten, and one is under a delete marker.
    bucket, key = stack.outputs.bucket_name, "transactions/gone-1.json"
    stack.s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    stack.s3.delete_object(Bucket=bucket, Key=key)
    assert audit_versions(stack) == 4
    assert run(path, "key", "add", "shop").exit_code == 0

    unconfirmed = run(path, "destroy", text="transactions-other\n")
    assert (unconfirmed.exit_code, audit_versions(stack)) == (2, 4)
    confirmed = run(path, "destroy", text="transactions-gone\n")

    tables = "transactions-gone and outcomes-gone"
    assert f"transactions-gone will be deleted, with the tables {tables} and the bucket " in (
        unconfirmed.output
    )
    assert unconfirmed.output.endswith("The name does not match; nothing was deleted.\n")
    assert confirmed.exit_code == 0, confirmed.output
    assert confirmed.stdout.endswith("Deleted transactions-gone and 4 versions of audit objects.\n")
    with pytest.raises(stack.s3.exceptions.NoSuchBucket):
        audit_versions(stack)
    with pytest.raises(stack.cloudformation.exceptions.ClientError, match="does not exist"):
        stack.cloudformation.describe_stacks(StackName="transactions-gone")
    with pytest.raises(stack.dynamodb.exceptions.ResourceNotFoundException):
        stack.dynamodb.describe_table(TableName=stack.outputs.table_name)
    assert client_keys(stack) == []
    assert not path.exists()


@pytest.mark.usefixtures("_as_on_aws")
def test_reports_a_missing_stack_in_one_line() -> None:
    result = CliRunner().invoke(cli, ["audit", "--stack-name", "nothing"])

    assert result.exit_code == 2
    assert result.output.startswith("Error: nothing cannot be reached: ")
    assert result.output.count("\n") == 1


@pytest.mark.usefixtures("_as_on_aws")
def test_reports_another_kind_of_stack() -> None:
    client = boto3.client("cloudformation")
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    client.create_stack(StackName="a-topic", TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName="a-topic", WaiterConfig={"Delay": 1})

    with pytest.raises(StackUnavailable, match=r"^a-topic is not a pipeline stack: it has no outp"):
        Stack.on_aws("a-topic")
