"""Data that the pipeline did not write stop no command: each is named, and the rest is read."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from contract import audit_key, canonical_json, item, outcome_item
from ops.stack import Stack
from ops.transaction import a_body

PROVENANCE = {"timestamp": 1, "requestId": "foreign", "apiKeyId": "key"}
LATER = 4_000_000_000
FOREIGN = {
    "audit object transactions/foreign-folder/": "has another name",
    "audit object transactions/foreign-notes.txt": "has another name",
    "audit object transactions/foreign-object.json": "has no transactionId",
    "record foreign-amountless 1": "has no amount",
    "record foreign-much 1": "amount is not of type N",
    "outcome foreign-statusless": "has no status",
    "outcome foreign-unheard-of": "status 'UNHEARD-OF' is unknown",
}


def run(path: Path, *arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--local", str(path)], input=text)


def transaction(name: str) -> dict[str, Any]:
    return {**a_body(transactionId=f"foreign-{name}", amount="100.50"), **PROVENANCE}


def plant_objects(stack: Stack) -> None:
    bucket = stack.outputs.bucket_name
    for key, body in {
        "transactions/foreign-folder/": b"",
        "transactions/foreign-notes.txt": b"to do",
        audit_key("foreign-object"): b"{}",
    }.items():
        stack.s3.put_object(Bucket=bucket, Key=key, Body=body)
    archived = transaction("archived")
    stack.s3.put_object(
        Bucket=bucket,
        Key=audit_key("foreign-archived"),
        Body=canonical_json(archived),
        StorageClass="GLACIER",
    )
    stack.dynamodb.put_item(TableName=stack.outputs.table_name, Item=item(archived))


def plant_items(stack: Stack) -> None:
    amountless = item(transaction("amountless"))
    del amountless["amount"]
    for one in (amountless, {**item(transaction("much")), "amount": {"S": "much"}}):
        stack.dynamodb.put_item(TableName=stack.outputs.table_name, Item=one)
    for name, fields in {"statusless": {}, "unheard-of": {"status": "UNHEARD-OF"}}.items():
        message = {"requestId": f"foreign-{name}", "transactionId": f"foreign-{name}", **fields}
        stack.dynamodb.put_item(
            TableName=stack.outputs.outcomes_table_name, Item=outcome_item(message, LATER)
        )


def queue_url(stack: Stack) -> str:
    queue = stack.stage("validator").queue_name
    return stack.sqs.get_queue_url(QueueName=queue)["QueueUrl"]


def plant_dead_letters(stack: Stack) -> dict[str, str]:
    """Return the problem of each message by its ID."""
    url = queue_url(stack)
    text = stack.sqs.send_message(QueueUrl=url, MessageBody="no JSON")
    binary = stack.sqs.send_message(
        QueueUrl=url,
        MessageBody='{"requestId": "foreign"}',
        MessageAttributes={"ErrorMessage": {"DataType": "Binary", "BinaryValue": b"\xff"}},
    )
    return {
        text["MessageId"]: "is not JSON",
        binary["MessageId"]: "attribute ErrorMessage is binary",
    }


def remove(stack: Stack, path: Path) -> None:
    """Delete what was planted, and what the commands stored beside it."""
    bucket = stack.outputs.bucket_name
    found = stack.s3.list_object_versions(Bucket=bucket, Prefix="transactions/foreign-")
    for version in found["Versions"]:
        stack.s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    for one in stack.dynamodb.scan(TableName=stack.outputs.table_name)["Items"]:
        if one["transactionId"]["S"].startswith("foreign-"):
            key = {name: one[name] for name in ("transactionId", "timestamp")}
            stack.dynamodb.delete_item(TableName=stack.outputs.table_name, Key=key)
    for one in stack.dynamodb.scan(TableName=stack.outputs.outcomes_table_name)["Items"]:
        if one.get("transactionId", {}).get("S", "").startswith("foreign-"):
            stack.dynamodb.delete_item(
                TableName=stack.outputs.outcomes_table_name, Key={"requestId": one["requestId"]}
            )
    for stage, error in {"validator": "^foreign: ", "processor": "timestamp is missing"}.items():
        discard = ("discard", stage, "--only-error", error, "--yes")
        assert run(path, *discard, "--output", f"{path.parent}/discarded").exit_code == 0


@pytest.fixture
def described(pipeline: Stack, tmp_path: Path) -> Path:
    path = tmp_path / "stack.json"
    pipeline.save(path)
    return path


@pytest.fixture
def planted(pipeline: Stack, described: Path) -> Iterator[dict[str, str]]:
    """Plant foreign data among the pipeline's own; yield the problems of dead-letter messages."""
    plant_objects(pipeline)
    plant_items(pipeline)
    yield plant_dead_letters(pipeline)
    remove(pipeline, described)


def test_foreign_data_stop_no_command(
    pipeline: Stack, described: Path, planted: dict[str, str]
) -> None:
    bodies = [a_body(transactionId=f"foreign-{name}") for name in ("own", "object", "much")]
    text = "".join(json.dumps(body) + "\n" for body in bodies)
    only_foreign = ("validator", "--only-error", "^foreign: ")

    submitted = run(described, "submit", "-", "--wait", "--json", text=text)
    audited = run(described, "audit", "--prefix", "foreign-", "--json")
    everything = run(described, "audit")
    statuses = {
        name: run(described, "status", f"foreign-{name}", "--json")
        for name in ("own", "archived", "object", "amountless", "much")
    }
    redriven = run(described, "redrive", *only_foreign, "--json")
    listed = run(described, "discard", *only_foreign, "--dry-run")

    report = json.loads(audited.stdout)
    assert (audited.exit_code, report["foreign"]) == (1, FOREIGN)
    assert report["inconsistent"] == {}
    assert report["stored"]["archived"] == 0, "what is proven need not be read"
    assert report["discrepancies"] == dict.fromkeys(
        ("foreign-statusless", "foreign-unheard-of"), "WRONG_OUTCOME"
    )
    messages = {f"dead-letter message {name}": problem for name, problem in planted.items()}
    rows = [line.split(maxsplit=1) for line in everything.stdout.splitlines()]
    named = {row[1] for row in rows if row[0] == "foreign"}
    assert everything.exit_code == 1
    assert rows[-1] == ["Discrepancies", "and foreign data found: see docs/operations.md."]
    assert {f"{name:36} {problem}" for name, problem in (FOREIGN | messages).items()} <= named
    found = {one["transactionId"]: one for one in json.loads(submitted.stdout)["transactions"]}
    assert {
        name.removeprefix("foreign-"): (one["outcome"], one["accountedFor"], one["foreign"])
        for name, one in found.items()
    } == {
        "own": ("PROCESSED", True, {}),
        "object": ("FAILED", True, named_as("audit object transactions/foreign-object.json")),
        "much": ("PROCESSED", True, named_as("record foreign-much 1")),
    }
    assert {
        name: (result.exit_code, state["state"], state["foreign"])
        for name, result in statuses.items()
        for state in [json.loads(result.stdout)]
    } == {
        "own": (0, "RECORDED", {}),
        "archived": (0, "RECORDED", {}),
        "object": (1, "DEAD_LETTERED", named_as("audit object transactions/foreign-object.json")),
        "amountless": (1, "NOT_FOUND", named_as("record foreign-amountless 1")),
        "much": (1, "RECORDED", named_as("record foreign-much 1")),
    }
    assert (redriven.exit_code, json.loads(redriven.stdout)["foreign"]) == (0, messages)
    assert {*listed.stdout.splitlines()[:-1]} == {
        f"{name}  foreign: {problem}" for name, problem in planted.items()
    }


def test_the_text_of_each_command_names_foreign_data(
    described: Path, planted: dict[str, str]
) -> None:
    body = json.dumps(a_body(transactionId="foreign-much"))

    submitted = run(described, "submit", "-", "--wait", text=body)
    status = run(described, "status", "foreign-much")
    redriven = run(described, "redrive", "validator", "--only-error", "^foreign: ")

    problem = FOREIGN["record foreign-much 1"]
    assert f"\nforeign: record foreign-much 1: {problem}\n" in submitted.stdout
    assert status.stdout.splitlines()[-2:] == [
        f"  foreign       record foreign-much 1  {problem}",
        "Some of the stored data are foreign: find out who wrote them, and delete them.",
    ]
    *lines, count, rest = redriven.stdout.splitlines()
    assert {*lines} == {f"{name}  foreign: {problem}" for name, problem in planted.items()}
    assert count == "validator: 0 dead-letter messages redriven."
    assert rest == "2 are foreign and stay: pipeline discard validator"


def named_as(name: str) -> dict[str, str]:
    return {name: FOREIGN[name]}


def test_a_load_names_a_notification_that_is_none_of_ours(pipeline: Stack, described: Path) -> None:
    over = threading.Event()

    def publish() -> None:
        while not over.wait(0.2):
            pipeline.sns.publish(TopicArn=pipeline.outputs.topic_arn, Message="[]")

    _ = pipeline.sns  # threads must not create clients
    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        result = run(described, "load", "--rate", "5", "--count", "5", "--json")
    finally:
        over.set()
        publisher.join()

    report = json.loads(result.stdout)
    assert (result.exit_code, report["reconciled"], report["notified"]) == (1, False, 5)
    assert {*report["foreign"].values()} == {"is not a JSON object"}
    assert {name.rpartition(" ")[0] for name in report["foreign"]} == {"notification"}
