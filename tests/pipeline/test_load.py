"""A load on the deployed pipeline: all of it is followed, and the ledger balances."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from ops.evidence import receive_dead_letters
from ops.load import observe
from ops.load.drive import Sent, bodies
from ops.reconciliation import Discrepancy
from ops.stack import Stack
from tests.polling import eventually


@pytest.fixture
def described(stack: Stack, tmp_path: Path) -> Path:
    path = tmp_path / "stack.json"
    stack.save(path)
    return path


def load(described: Path, *flags: str) -> Result:
    return CliRunner().invoke(cli, ["load", "--local", str(described), *flags])


def test_follows_every_transaction_of_a_load(described: Path, tmp_path: Path) -> None:
    report = tmp_path / "load.svg"
    result = load(described, "--rate=10", "--count=40", f"--report={report}", "--json")
    found = json.loads(result.stdout)
    counts = [found[name] for name in ("submitted", "accepted", "recorded", "notified")]
    assert (result.exit_code, counts) == (0, [40, 40, 40, 40])
    assert found["requests"]["RECORDED"] == 40
    assert found["reconciled"] is True
    assert {hop["count"] for hop in found["latencies"].values()} == {40}
    assert "The ledger balances." in report.read_text(encoding="utf-8")


def test_writes_a_page_and_says_what_came_of_it(described: Path, tmp_path: Path) -> None:
    report = tmp_path / "load.html"
    result = load(described, "--rate=20", "--count=5", f"--report={report}")
    said = result.stdout.splitlines()
    assert (result.exit_code, said[1], said[-1]) == (
        0,
        "5 accepted, 5 recorded, 5 told of.",
        "The ledger balances.",
    )
    assert "<h2>Latencies, in ms</h2>" in report.read_text(encoding="utf-8")


def test_counts_what_the_api_refuses(described: Path) -> None:
    description = json.loads(described.read_text())
    described.write_text(json.dumps({**description, "api_key": "wrong"}))
    result = load(described, "--rate=20", "--count=2", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["accepted"], found["clientErrors"]) == (0, 0, {"403": 2})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass for what cannot come."""
    monkeypatch.setattr(observe, "SETTLING_SECONDS", 1)


@pytest.mark.usefixtures("impatient")
def test_what_was_promised_and_is_nowhere_is_lost(pipeline: Stack) -> None:
    (body,) = bodies("load-never-", 1)
    never = Sent(body, 0.0, 0.0, 0.0, "202", "never")
    ledger = observe.settled(pipeline, [never], "load-never-")
    assert ledger.discrepancies == {"never": Discrepancy.LOST}


def lose_a_record(pipeline: Stack) -> str:
    """Delete the first record of the load that begins now."""
    begun = int(time.time() * 1_000)

    def record() -> dict[str, Any] | None:
        pages = pipeline.dynamodb.get_paginator("scan").paginate(
            TableName=pipeline.outputs.table_name
        )
        items = (item for page in pages for item in page["Items"])
        return next((item for item in items if int(item["timestamp"]["N"]) >= begun), None)

    found = eventually(record)
    assert found
    key = {name: found[name] for name in ("transactionId", "timestamp")}
    pipeline.dynamodb.delete_item(TableName=pipeline.outputs.table_name, Key=key)
    lost: str = found["transactionId"]["S"]
    return lost


@pytest.mark.usefixtures("impatient")
def test_exits_with_1_if_the_ledger_does_not_balance(pipeline: Stack, described: Path) -> None:
    with ThreadPoolExecutor(1) as thief:
        losing = thief.submit(lose_a_record, pipeline)
        result = load(described, "--rate=4", "--count=8", "--json")
        lost = losing.result()
    pipeline.s3.delete_object(Bucket=pipeline.outputs.bucket_name, Key=f"transactions/{lost}.json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["inconsistent"] == {lost: "AUDIT_WITHOUT_RECORD"}


@contextmanager
def held(pipeline: Stack) -> Iterator[None]:
    """Hold the dead letters of a queue, as a redrive does, with one of our own among them."""
    stage = pipeline.stage("validator")
    url = pipeline.sqs.get_queue_url(QueueName=stage.queue_name)["QueueUrl"]
    pipeline.sqs.send_message(QueueUrl=url, MessageBody="ours")
    with receive_dead_letters(pipeline, stage) as letters:
        ours = [letter for letter in letters if letter.body == "ours"]
        yield
        for letter in ours:
            pipeline.sqs.delete_message(QueueUrl=url, ReceiptHandle=letter.receipt)


@pytest.mark.usefixtures("impatient")
def test_does_not_judge_while_somebody_holds_dead_letters(pipeline: Stack, described: Path) -> None:
    with held(pipeline):
        result = load(described, "--rate=20", "--count=1")
    assert result.exit_code == 2
    assert re.match(r"Error: \d+ dead letters are being redriven or read;", result.output)
