"""The outcome of a request: which one is stored, and who can read it over HTTP."""

import ast
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from jsonschema import Draft4Validator

from contract import OUTCOME, outcome_item
from ops.stack import Stack
from ops.transaction import a_body
from template.api_models import outcome_model
from tests.handlers.builders import a_record, a_rejection, an_error, an_outcome
from tests.polling import eventually

type Builder = Callable[..., dict[str, Any]]

SECONDS = 30
DOCUMENT = Path(__file__).parents[2] / "docs/api.md"
NO_OUTCOME = "No request with this ID has an outcome yet; try again"
REASON = 'amount: "has" more than the 2 decimals of USD'
KNOWN = {"transactionId": "order-1", "timestamp": 1_767_225_600_000}

_numbers = itertools.count(1)


def a_request_id() -> str:
    return f"outcome-{next(_numbers)}"


def read(pipeline: Stack, location: str) -> requests.Response:
    return pipeline.http.get(urljoin(pipeline.api_endpoint, location), timeout=SECONDS)


def stored(pipeline: Stack, **outcome: Any) -> requests.Response:
    """Store an outcome, as the notifier does, and read it over HTTP."""
    item = {"requestId": a_request_id(), "apiKeyId": pipeline.outputs.api_key_id, **outcome}
    pipeline.dynamodb.put_item(
        TableName=pipeline.outputs.outcomes_table_name, Item=outcome_item(item, 4_102_444_800)
    )
    return read(pipeline, f"request/{item['requestId']}")


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ({"status": "PROCESSED", **KNOWN}, {"status": "PROCESSED", **KNOWN}),
        (
            {"status": "REJECTED", "reason": REASON, **KNOWN},
            {"status": "REJECTED", "reason": REASON, **KNOWN},
        ),
        # What a failure says holds names of roles and accounts, for operators only.
        (
            {"status": "FAILED", "reason": "arn:aws:iam::1", "function": "processor-test", **KNOWN},
            {"status": "FAILED", **KNOWN},
        ),
        ({"status": "FAILED"}, {"status": "FAILED"}),
        (
            {"status": "REJECTED", "reason": "no", "timestamp": 1},
            {"status": "REJECTED", "reason": "no", "timestamp": 1},
        ),
    ],
)
def test_an_outcome_is_read_by_the_key_that_submitted(
    outcome: dict[str, Any], shown: dict[str, Any], pipeline: Stack
) -> None:
    response = stored(pipeline, **outcome)
    request_id = response.url.rpartition("/")[2]
    assert (response.status_code, response.json()) == (200, {"requestId": request_id, **shown})
    Draft4Validator(outcome_model()).validate(response.json())
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Retry-After" not in response.headers


def test_the_outcome_of_another_key_is_like_none(pipeline: Stack) -> None:
    another = stored(pipeline, status="REJECTED", reason=REASON, apiKeyId="another", **KNOWN)
    keyless = stored(pipeline, status="PROCESSED", apiKeyId="", **KNOWN)
    for response in (another, keyless, read(pipeline, "request/never-sent")):
        content = response.json()
        assert content.pop("requestId") == response.headers["x-amzn-RequestId"]
        assert (response.status_code, content) == (404, {"message": NO_OUTCOME})
        assert response.headers["Retry-After"] == "1"
        assert response.headers["Cache-Control"] == "no-store"


def test_an_accepted_transaction_is_followed_by_its_location(
    pipeline: Stack, a_transaction: Builder
) -> None:
    first = a_transaction()
    bodies = [first, {**first, "amount": 7}, a_transaction(amount=12.345, currency="EUR")]
    shown = []
    for body in bodies:
        accepted = pipeline.http.post(pipeline.api_endpoint, json=body, timeout=SECONDS)
        assert accepted.headers["Location"] == f"request/{accepted.json()['requestId']}"
        assert accepted.headers["Retry-After"] == "1"
        location = urljoin(accepted.url, accepted.headers["Location"])
        outcome = eventually(partial(answered, pipeline, location), SECONDS)
        assert outcome.pop("requestId") == accepted.json()["requestId"]
        assert outcome.pop("timestamp") > 0
        shown.append(outcome)
    assert shown == [
        {"status": "PROCESSED", "transactionId": first["transactionId"]},
        {"status": "CONFLICT", "transactionId": first["transactionId"]},
        {
            "status": "REJECTED",
            "transactionId": bodies[2]["transactionId"],
            "reason": "amount: has more than the 2 decimals of EUR",
        },
    ]


def answered(pipeline: Stack, location: str) -> dict[str, Any]:
    response = read(pipeline, location)
    found: dict[str, Any] = response.json() if response.ok else {}
    return found


def test_the_client_of_the_document_learns_the_outcome(pipeline: Stack) -> None:
    (example,) = re.findall(
        r"^```python\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL
    )
    assert len(example.splitlines()) <= 15
    result = subprocess.run(
        [sys.executable, "-c", example],
        env={**os.environ, "KEY": pipeline.api_key, "ENDPOINT": pipeline.api_endpoint},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
    )
    outcome = ast.literal_eval(result.stdout)
    assert (outcome["status"], outcome["transactionId"]) == ("PROCESSED", "order-17")


class Deliveries:
    """Deliveries to the notifier about one request, in any order."""

    def __init__(self, pipeline: Stack) -> None:
        self.pipeline, self.request_id = pipeline, a_request_id()

    def deliver(self, status: str, key: str = "own") -> None:
        """Invoke the notifier with a destination record; it publishes in any case."""
        known = {"requestId": self.request_id, "apiKeyId": key}
        record = {
            "FAILED": a_record(
                "processor",
                {"responsePayload": {**a_body(amount="1.00"), **known}},
                an_error("processor", TimeoutError("no answer")),
                condition="RetriesExhausted",
            ),
            "REJECTED": a_record("processor", {}, a_rejection("no", **known)),
        }.get(status, a_record("processor", {}, an_outcome(status, **known)))
        invoked = self.pipeline.functions.invoke(
            FunctionName=self.pipeline.stage("notifier").function_name, Payload=json.dumps(record)
        )
        assert json.load(invoked["Payload"])["status"] == status

    def item(self) -> dict[str, Any]:
        """Return the outcome in the table."""
        return self.pipeline.dynamodb.get_item(
            TableName=self.pipeline.outputs.outcomes_table_name,
            Key={"requestId": {"S": self.request_id}},
        )["Item"]


@pytest.mark.parametrize(
    ("delivered", "status"),
    [
        (["PROCESSED", "FAILED"], "PROCESSED"),
        (["FAILED", "PROCESSED"], "PROCESSED"),
        (["FAILED", "FAILED", "DUPLICATE"], "DUPLICATE"),
        (["FAILED", "REJECTED", "FAILED"], "REJECTED"),
        (["PROCESSED", "CONFLICT"], "PROCESSED"),
        (["REJECTED", "PROCESSED"], "REJECTED"),
    ],
)
def test_only_a_failure_is_replaced_in_whatever_order_deliveries_arrive(
    delivered: list[str], status: str, pipeline: Stack
) -> None:
    request = Deliveries(pipeline)
    for each in delivered:
        request.deliver(each)
    assert request.item()["status"] == {"S": status}


def test_a_repeated_delivery_changes_nothing(pipeline: Stack) -> None:
    request = Deliveries(pipeline)
    request.deliver("PROCESSED")
    before = request.item()
    request.deliver("PROCESSED")
    assert request.item() == before
    assert before.keys() <= OUTCOME.keys()


def test_another_key_replaces_no_outcome(pipeline: Stack) -> None:
    """A client can choose the ID of another client's request."""
    request = Deliveries(pipeline)
    request.deliver("FAILED")
    before = request.item()
    request.deliver("PROCESSED", key="another")
    assert request.item() == before
    request.deliver("PROCESSED")
    assert (request.item()["status"], request.item()["apiKeyId"]) == (
        {"S": "PROCESSED"},
        {"S": "own"},
    )
