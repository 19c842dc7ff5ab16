"""A load on the deployed pipeline is tracked and reconciled."""

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
from ops import load as ops_load
from ops.evidence import receive_dead_letters
from ops.load_result import Timeline
from ops.reconciliation import Discrepancy
from ops.stack import Stack
from ops.submission import ApiResponse
from tests.polling import eventually


@pytest.fixture
def described(stack: Stack, tmp_path: Path) -> Path:
    path = tmp_path / "stack.json"
    stack.save(path)
    return path


def load(described: Path, *flags: str) -> Result:
    return CliRunner().invoke(cli, ["load", "--local", str(described), *flags])


def test_tracks_every_transaction_of_a_load(described: Path, tmp_path: Path) -> None:
    report = tmp_path / "load.svg"
    result = load(described, "--rate=10", "--count=40", f"--report={report}", "--json")
    found = json.loads(result.stdout)
    counts = [found[name] for name in ("submitted", "accepted", "recorded", "notified")]
    assert (result.exit_code, counts) == (0, [40, 40, 40, 40])
    assert found["requests"]["RECORDED"] == 40
    assert found["reconciled"] is True
    assert {hop["count"] for hop in found["latencies"].values()} == {40}
    assert "Every accepted request is reconciled." in report.read_text(encoding="utf-8")


def test_writes_a_page_and_prints_sentences(described: Path, tmp_path: Path) -> None:
    report = tmp_path / "load.html"
    result = load(described, "--rate=20", "--count=5", f"--report={report}")
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[1], lines[-1]) == (
        0,
        "5 accepted, 5 recorded, 5 notified.",
        "Every accepted request is reconciled.",
    )
    assert "<h2>Latencies, in ms</h2>" in report.read_text(encoding="utf-8")


def test_counts_client_errors(described: Path) -> None:
    description = json.loads(described.read_text())
    described.write_text(json.dumps({**description, "api_key": "wrong"}))
    result = load(described, "--rate=20", "--count=2", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["accepted"], found["clientErrors"]) == (0, 0, {"403": 2})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for data that never arrives."""
    monkeypatch.setattr(ops_load, "SETTLING_SECONDS", 1)


@pytest.mark.usefixtures("impatient")
def test_an_accepted_request_without_a_trace_is_lost(pipeline: Stack) -> None:
    (body,) = ops_load.bodies("load-never-", 1)
    never = Timeline(body, 0.0, ApiResponse(202, "never", "", 0.0))
    reconciliation = ops_load.settled(pipeline, [never], "load-never-")
    assert reconciliation.discrepancies == {"never": Discrepancy.LOST}


def lose_a_record(pipeline: Stack) -> str:
    """Delete the first record of the load that starts now."""
    start = int(time.time() * 1_000)

    def record() -> dict[str, Any] | None:
        pages = pipeline.dynamodb.get_paginator("scan").paginate(
            TableName=pipeline.outputs.table_name
        )
        items = (item for page in pages for item in page["Items"])
        return next((item for item in items if int(item["timestamp"]["N"]) >= start), None)

    found = eventually(record)
    assert found
    key = {name: found[name] for name in ("transactionId", "timestamp")}
    pipeline.dynamodb.delete_item(TableName=pipeline.outputs.table_name, Key=key)
    lost: str = found["transactionId"]["S"]
    return lost


@pytest.mark.usefixtures("impatient")
def test_exits_with_1_on_a_discrepancy(pipeline: Stack, described: Path) -> None:
    with ThreadPoolExecutor(1) as thief:
        losing = thief.submit(lose_a_record, pipeline)
        result = load(described, "--rate=4", "--count=8", "--json")
        lost = losing.result()
    pipeline.s3.delete_object(Bucket=pipeline.outputs.bucket_name, Key=f"transactions/{lost}.json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["inconsistent"] == {lost: "AUDIT_WITHOUT_RECORD"}


@contextmanager
def in_flight(pipeline: Stack) -> Iterator[None]:
    """Receive the dead-letter messages of a queue, as a redrive does, with one of our own."""
    stage = pipeline.stage("validator")
    url = pipeline.sqs.get_queue_url(QueueName=stage.queue_name)["QueueUrl"]
    pipeline.sqs.send_message(QueueUrl=url, MessageBody="ours")
    with receive_dead_letters(pipeline, stage) as messages:
        ours = [message for message in messages if message.body == "ours"]
        yield
        for message in ours:
            pipeline.sqs.delete_message(QueueUrl=url, ReceiptHandle=message.receipt)


@pytest.mark.usefixtures("impatient")
def test_does_not_reconcile_while_dead_letters_are_in_flight(
    pipeline: Stack, described: Path
) -> None:
    with in_flight(pipeline):
        result = load(described, "--rate=20", "--count=1")
    assert result.exit_code == 2
    assert re.match(r"Error: \d+ dead-letter messages are in flight;", result.output)
