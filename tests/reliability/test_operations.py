"""What the commands say to people, and how they find a stack."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner, Result

from ops.__main__ import cli
from ops.evidence import held_letters
from ops.stack import NoStack, Stack
from ops.transaction import a_body
from tests.reliability.ground import Ground

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rejected(ground: Ground) -> Iterator[str]:
    """Leave one dead letter that says so, among others."""
    request_id = "made-by-hand"
    event = {"requestId": request_id, "receivedAt": 1, "apiKeyId": "key", "transaction": {}}
    ground.send("validator", event)
    ground.told_of({request_id})
    yield request_id
    with held_letters(ground.stack, ground.stack.stage("validator")) as letters:
        url = ground.stack.sqs.get_queue_url(QueueName=ground.stack.stage("validator").queue_name)[
            "QueueUrl"
        ]
        for letter in letters:
            if letter.request_id == request_id:
                ground.stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=letter.receipt)


def run(ground: Ground, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--local", str(ground.description)])


def test_redrive_shows_each_error_and_counts(ground: Ground, rejected: str) -> None:
    only = ["redrive", "validator", "--only-error", "transactionId: is missing"]
    expected = f"{rejected}  transactionId: is missing"

    dry = run(ground, *only, "--dry-run")
    wet = run(ground, *only, "--limit", "1")

    assert expected in dry.output
    assert dry.output.endswith("validator: 1 dead letters would be invoked again.\n")
    assert expected in wet.output
    assert wet.output.endswith("validator: 1 dead letters invoked again.\n")


def test_redrive_refuses_what_is_no_regular_expression(ground: Ground) -> None:
    result = run(ground, "redrive", "validator", "--only-error", "(")

    assert result.exit_code == 2
    assert "Invalid value for --only-error: missing ), unterminated subpattern" in result.output


def test_audit_tells_people_that_it_balances(ground: Ground) -> None:
    result = run(ground, "audit", "--prefix", "same-instant")

    assert result.exit_code == 0
    # What was wrong stays in the validator's queue.
    assert result.stdout.splitlines()[-1].startswith("It balances")


def test_audit_names_what_was_promised_and_is_not_there(ground: Ground, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.jsonl"
    transaction = a_body(transactionId="never")
    accepted.write_text(json.dumps({"requestId": "gone", "transaction": transaction}))

    result = run(ground, "audit", "--accepted", str(accepted), "--prefix", "never")

    assert result.exit_code == 1
    assert [line.split() for line in result.stdout.splitlines()[-2:]] == [
        ["unaccounted", "gone", "LOST"],
        ["It", "does", "not", "balance."],
    ]


def test_audit_says_what_is_wrong_with_its_file(ground: Ground, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.jsonl"
    accepted.write_text("{}\n")

    result = run(ground, "audit", "--accepted", str(accepted))

    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {accepted}: line 1: must be ")


def test_audit_does_not_judge_while_dead_letters_are_hidden(ground: Ground, rejected: str) -> None:
    assert rejected
    with held_letters(ground.stack, ground.stack.stage("validator")) as letters:
        assert next(letters).stage == "validator"
        result = run(ground, "audit")

    assert result.exit_code == 2
    assert result.output.endswith("are being redriven or read; try again in a minute.\n")


@pytest.fixture
def _as_on_aws(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = ground.stack.connection
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", connection["endpoint_url"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", connection["region_name"])
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps what it once found
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", connection["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", connection["aws_secret_access_key"])


@pytest.mark.usefixtures("_as_on_aws")
def test_finds_a_stack_by_its_name(ground: Ground) -> None:
    found = Stack.on_aws("transactions-reliable")

    assert (found.outputs, found.api_key) == (ground.stack.outputs, ground.stack.api_key)
    assert found.api_endpoint == ground.stack.outputs.api_endpoint
    assert found.connection == {}


@pytest.mark.usefixtures("_as_on_aws")
def test_says_in_one_sentence_that_there_is_no_such_stack() -> None:
    result = CliRunner().invoke(cli, ["audit", "--stack-name", "nothing"])

    assert result.exit_code == 2
    assert result.output.startswith("Error: nothing cannot be reached: ")
    assert result.output.count("\n") == 1


@pytest.mark.usefixtures("_as_on_aws")
def test_says_that_a_stack_is_another_kind() -> None:
    client = boto3.client("cloudformation")
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    client.create_stack(StackName="a-topic", TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName="a-topic", WaiterConfig={"Delay": 1})

    with pytest.raises(NoStack, match=r"^a-topic is another kind of stack: it has no output 'Api"):
        Stack.on_aws("a-topic")
