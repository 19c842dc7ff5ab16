"""What sam local sends, and the transactions of the main job with the outcome of each."""

import json
from collections.abc import Iterator
from typing import Any

import flask
import pytest
from jsonschema import Draft4Validator
from samcli.local.apigw.event_constructor import construct_v1_event

import contract
from ops.transaction import a_body
from template.api_models import request_model
from tests.handlers.builders import RECEIVED_AT, REQUEST_ID, a_gateway_event
from tests.handlers.events import check_event, read_event
from validator import validator


def test_sam_local_hands_over_the_proxy_event(request: pytest.FixtureRequest) -> None:
    app = flask.Flask("sam local")
    app.add_url_rule("/transaction", endpoint="/transaction", methods=["POST"])
    with app.test_request_context(
        "/transaction",
        method="POST",
        data=json.dumps(a_body()),
        headers={"Content-Type": "application/json"},
        base_url="http://127.0.0.1:3000",
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    ):
        made = construct_v1_event(
            flask.request, 3000, [], stage_name="prod", operation_name="postTransaction"
        )
    made["requestContext"] |= {
        "accountId": "000000000000",
        "requestId": REQUEST_ID,
        "requestTimeEpoch": RECEIVED_AT,
        "requestTime": "01/Jan/2026:00:00:00 +0000",
    }
    check_event(request, "gateway_to_validator_proxy.json", made)


def expected_outcomes(bodies: list[Any]) -> Iterator[str]:
    """Yield the outcomes of the bodies when each is tracked to its end before the next."""
    model = Draft4Validator(request_model())
    owners: dict[str, bytes] = {}
    for body in bodies:
        if not model.is_valid(body):
            yield "400"
            continue
        transaction = validator.lambda_handler(a_gateway_event(body), None)
        if "status" in transaction:
            yield transaction["status"]
            continue
        name, own = transaction["transactionId"], contract.identity(transaction)
        if name not in owners:
            owners[name] = own
            yield "PROCESSED"
        else:
            yield "DUPLICATE" if owners[name] == own else "CONFLICT"


def test_the_transactions_of_the_main_job_expect_what_the_contracts_say() -> None:
    entries = read_event("transactions.json")
    expected = [entry["expect"] for entry in entries]
    assert expected == list(expected_outcomes([entry["body"] for entry in entries]))
    assert {*expected} == {"PROCESSED", "DUPLICATE", "CONFLICT", "REJECTED", "400"}


def test_an_entry_of_the_main_job_holds_nothing_unknown() -> None:
    for entry in read_event("transactions.json"):
        assert {"expect", "body"} <= entry.keys() <= {"expect", "note", "body"}
