"""A stage of one's own: `fraud-check`, as docs/contributing.md shows it."""

import json
import re
from typing import Any

import pytest
import requests

from console.server import serving
from ops.transaction import a_body
from tests.proofs.conftest import Copy, diffs
from tests.template.reading import read

SUSPECT = "suspect-1"


@pytest.fixture(scope="module")
def submitted(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Submit transactions of which one fails in the stage, and one is rejected before it."""
    file = tmp_path_factory.mktemp("stage-events") / "events.jsonl"
    bodies = [
        {"expect": "PROCESSED", "body": a_body(transactionId="harmless-1")},
        {"expect": "FAILED", "body": a_body(transactionId=SUSPECT, amount=10_001)},
        {"expect": "REJECTED", "body": a_body(transactionId="wrong-1", amount=1.005)},
    ]
    file.write_text("\n".join(map(json.dumps, bodies)))
    result = copy.ops("submit", str(file), "--wait", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def test_takes_a_folder_one_call_an_event_a_test_and_the_changelog() -> None:
    files = [line[6:] for line in diffs()["Add a stage"].splitlines() if line.startswith("+++ ")]
    assert files == [
        "CHANGELOG.md",
        "events/processor_to_fraud_check.json",
        "src/fraud_check/fraud_check.py",
        "template/pipeline.py",
        "tests/handlers/test_fraud_check.py",
    ]


def test_the_tests_of_the_handlers_pass(copy: Copy) -> None:
    result = copy.run("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "tests/handlers")
    assert result.returncode == 0, result.stdout


def test_the_outputs_name_the_stages_in_order(copy: Copy) -> None:
    stages = [(stage.name, stage.function_name, stage.queue_name) for stage in copy.stack.stages]
    assert stages == [
        ("validator", "validator-own", "validator-dlq-own"),
        ("processor", "processor-own", "processor-dlq-own"),
        ("fraud-check", "fraud-check-own", "fraud-check-dlq-own"),
        ("notifier", "notifier-own", "notifier-dlq-own"),
    ]


def test_submit_follows_each_through_the_stage(submitted: dict[str, Any]) -> None:
    found = [(one["outcome"], one["recorded"]) for one in submitted["transactions"]]
    assert found == [("PROCESSED", True), ("FAILED", True), ("REJECTED", False)]


@pytest.mark.usefixtures("submitted")
def test_status_names_the_queue_that_the_transaction_is_in(copy: Copy) -> None:
    result = copy.ops("status", SUSPECT, "--json")
    report = json.loads(result.stdout)
    assert report["state"] == "RECORDED"
    assert [(one["status"], one["reason"]) for one in report["requests"]] == [
        ("FAILED", "amount: is more than 10000")
    ]
    assert [message["stage"] for message in report["deadLetters"]] == ["fraud-check"]
    assert report["nextSteps"] == [
        "The transaction is in the fraud-check's dead-letter queue: pipeline redrive fraud-check"
    ]


@pytest.mark.usefixtures("submitted")
def test_audit_accounts_for_the_dead_letter_message(copy: Copy) -> None:
    report = json.loads(copy.ops("audit", "--prefix", SUSPECT, "--json").stdout)
    assert report["reconciled"]
    assert report["deadLetters"] == {
        "validator": 0,
        "processor": 0,
        "fraud-check": 1,
        "notifier": 0,
    }
    said = copy.ops("audit").stdout
    assert "Reconciled, with dead-letter messages to redrive: 1 in fraud-check." in said


@pytest.mark.usefixtures("submitted")
def test_redrive_knows_the_stage(copy: Copy) -> None:
    report = json.loads(copy.ops("redrive", "fraud-check", "--dry-run", "--json").stdout)
    assert [message["error"] for message in report["deadLetters"]] == ["amount: is more than 10000"]


def test_load_measures_the_hops_of_the_stage(copy: Copy) -> None:
    result = copy.ops("load", "--rate", "5", "--count", "5", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    assert list(json.loads(result.stdout)["latencies"]) == [
        "POST to response",
        "accepted to validator",
        "validator to processor",
        "processor to fraud-check",
        "fraud-check to notified",
        "accepted to notified",
    ]


def test_alarms_dashboard_and_picture_show_the_stage(copy: Copy) -> None:
    resources = read(copy.folder / "template.yaml")["Resources"]
    assert {f"FraudCheck{what}Alarm" for what in ("DeadLetters", "Errors")} <= resources.keys()
    body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::If"][1]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    titles = [widget["properties"]["title"] for widget in widgets]
    assert "fraud-check: executions" in titles
    assert max(widget["x"] + widget["width"] for widget in widgets) <= 24
    readme = copy.read("README.md")
    assert 'ProcessorFunction -- "OnSuccess" --> FraudCheckFunction' in readme
    assert 'FraudCheckFunction -- "OnSuccess" --> NotifierFunction' in readme


@pytest.mark.usefixtures("submitted")
def test_the_console_draws_and_counts_the_stage(copy: Copy) -> None:
    with serving(lambda: copy.stack) as url:
        page, picture = (requests.get(url + path, timeout=60).text for path in ("", "map.svg"))
    stages = re.findall(r'<th scope="row">([a-z-]+)</th>', page)
    assert stages == ["validator", "processor", "fraud-check", "notifier"]
    assert '<a href="/dead-letters#fraud-check">1</a>' in page
    assert ">fraud-check</text>" in picture


def test_cost_and_capacity_count_the_stage(copy: Copy) -> None:
    cost = copy.pipeline("cost", "--json")
    lines = {line["item"]: line for line in json.loads(cost.stdout)["lines"]}
    assert float(lines["lambda_request"]["quantity"]) == 4
    said = copy.pipeline("cost").stdout
    assert "Not measured, assumed to take 300 ms: fraud-check." in " ".join(said.split())
