"""A load on the deployed pipeline is tracked and reconciled."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from ops import load as ops_load
from ops.stack import Stack
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


def test_counts_client_errors(described: Path) -> None:
    description = json.loads(described.read_text())
    described.write_text(json.dumps({**description, "api_key": "wrong"}))
    result = load(described, "--rate=20", "--count=2", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["accepted"], found["clientErrors"]) == (0, 0, {"403": 2})


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


def test_exits_with_1_on_a_discrepancy(
    pipeline: Stack, described: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops_load, "SETTLING_SECONDS", 1)  # what was lost never arrives
    with ThreadPoolExecutor(1) as thief:
        losing = thief.submit(lose_a_record, pipeline)
        result = load(described, "--rate=4", "--count=8", "--json")
        lost = losing.result()
    pipeline.s3.delete_object(Bucket=pipeline.outputs.bucket_name, Key=f"transactions/{lost}.json")
    found = json.loads(result.stdout)
    (request_id,) = found["discrepancies"]
    pipeline.dynamodb.delete_item(
        TableName=pipeline.outputs.outcomes_table_name, Key={"requestId": {"S": request_id}}
    )
    assert result.exit_code == 1
    assert found["inconsistent"] == {lost: "AUDIT_WITHOUT_RECORD"}
