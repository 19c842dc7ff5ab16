"""The text output of the commands, and how they find a stack."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from ops.evidence import receive_dead_letters
from ops.stack import Stack, StackUnavailable
from ops.transaction import a_body
from tests.reliability.fault_harness import FaultHarness

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rejected(harness: FaultHarness) -> Iterator[str]:
    """Yield the request ID of a dead-letter message, among others."""
    request_id = "made-by-hand"
    event = {"requestId": request_id, "receivedAt": 1, "apiKeyId": "key", "transaction": {}}
    harness.send("validator", event)
    harness.wait_for_outcomes({request_id})
    yield request_id
    with receive_dead_letters(harness.stack, harness.stack.stage("validator")) as messages:
        url = harness.stack.sqs.get_queue_url(
            QueueName=harness.stack.stage("validator").queue_name
        )["QueueUrl"]
        for message in messages:
            if message.request_id == request_id:
                harness.stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=message.receipt)


def run(harness: FaultHarness, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--local", str(harness.description)])


def test_redrive_shows_each_error_and_counts(harness: FaultHarness, rejected: str) -> None:
    only = ["redrive", "validator", "--only-error", "transactionId: is missing"]
    expected = f"{rejected}  transactionId: is missing"

    dry = run(harness, *only, "--dry-run")
    wet = run(harness, *only, "--limit", "1")

    assert expected in dry.output
    assert dry.output.endswith("validator: 1 dead-letter messages would be redriven.\n")
    assert expected in wet.output
    assert wet.output.endswith("validator: 1 dead-letter messages redriven.\n")


def test_redrive_rejects_an_invalid_regular_expression(harness: FaultHarness) -> None:
    result = run(harness, "redrive", "validator", "--only-error", "(")

    assert result.exit_code == 2
    assert "Invalid value for --only-error: missing ), unterminated subpattern" in result.output


def test_audit_prints_that_all_is_reconciled(harness: FaultHarness) -> None:
    result = run(harness, "audit", "--prefix", "same-instant")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("Reconciled")


def test_audit_names_a_lost_request(harness: FaultHarness, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.jsonl"
    transaction = a_body(transactionId="never")
    accepted.write_text(json.dumps({"requestId": "gone", "transaction": transaction}))

    result = run(harness, "audit", "--accepted", str(accepted), "--prefix", "never")

    assert result.exit_code == 1
    assert [line.split() for line in result.stdout.splitlines()[-2:]] == [
        ["discrepancies", "gone", "LOST"],
        ["Discrepancies", "found:", "see", "docs/operations.md."],
    ]


def test_audit_reports_an_error_in_its_file(harness: FaultHarness, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.jsonl"
    accepted.write_text("{}\n")

    result = run(harness, "audit", "--accepted", str(accepted))

    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {accepted}: line 1: must be ")


def test_audit_does_not_reconcile_while_dead_letters_are_in_flight(
    harness: FaultHarness, rejected: str
) -> None:
    assert rejected
    with receive_dead_letters(harness.stack, harness.stack.stage("validator")) as messages:
        assert next(messages).stage == "validator"
        result = run(harness, "audit")

    assert result.exit_code == 2
    assert result.output.endswith("dead-letter messages are in flight; retry in a minute.\n")


@pytest.fixture
def _as_on_aws(harness: FaultHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = harness.stack.connection
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", connection["endpoint_url"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", connection["region_name"])
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # the session caches its configuration
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", connection["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", connection["aws_secret_access_key"])


@pytest.mark.usefixtures("_as_on_aws")
def test_finds_a_stack_by_its_name(harness: FaultHarness) -> None:
    found = Stack.on_aws("transactions-reliable")

    assert (found.outputs, found.api_key) == (harness.stack.outputs, harness.stack.api_key)
    assert found.api_endpoint == harness.stack.outputs.api_endpoint
    assert found.connection == {}


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

    with pytest.raises(
        StackUnavailable, match=r"^a-topic is not a pipeline stack: it has no output 'Api"
    ):
        Stack.on_aws("a-topic")
