"""The contract of each hop: what one function returns is what the next one is given, in events/."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import flask
import pytest
from botocore.stub import Stubber
from jsonschema import Draft4Validator
from samcli.local.apigw.event_constructor import construct_v1_event

import notifier
import processor
import validator
from ops.transaction import a_body
from template.api_models import request_model
from tests.unit.builders import (
    RECEIVED_AT,
    REQUEST_ID,
    a_gateway_event,
    a_record,
    a_transaction,
    an_error,
)

EVENTS = Path(__file__).parents[2] / "events"

type Travels = Callable[[str, object], None]


def event(name: str) -> Any:  # noqa: ANN401 - what JSON holds
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


@pytest.fixture
def travels(request: pytest.FixtureRequest) -> Travels:
    """Hold that an event is what travels, or with --write-events make it so."""

    def hold(name: str, what: object) -> None:
        if request.config.getoption("--write-events"):
            (EVENTS / name).write_text(json.dumps(what, indent=2) + "\n", encoding="utf-8")
        assert event(name) == what

    return hold


def error_of(function: ModuleType, request: object, *, stack: list[str]) -> dict[str, Any]:
    """Return what Lambda makes of the error that a function raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - Lambda catches everything too
        function.lambda_handler(request, None)
    assert isinstance(caught.value, Exception)
    return an_error(function.__name__, caught.value, stack=stack)


def test_the_gateway_hands_over_what_its_mapping_template_writes(travels: Travels) -> None:
    travels("gateway_to_validator.json", a_gateway_event())


def test_the_processor_is_given_the_validators_record(travels: Travels) -> None:
    request = event("gateway_to_validator.json")
    response = validator.lambda_handler(request, None)
    travels("validator_to_processor.json", a_record("validator", request, response))


def test_the_notifier_is_given_the_processors_record(
    s3: Stubber, dynamodb: Stubber, travels: Travels
) -> None:
    s3.add_response("put_object", {})
    dynamodb.add_response("put_item", {})
    request = event("validator_to_processor.json")
    response = processor.lambda_handler(request, None)
    travels("processor_to_notifier.json", a_record("processor", request, response))


def test_the_topic_is_given_the_notifiers_message(sns: Stubber) -> None:
    sns.add_response("publish", {})
    assert notifier.lambda_handler(event("processor_to_notifier.json"), None) == {
        "status": "PROCESSED",
        **a_transaction(),
    }


def test_the_notifier_is_given_the_record_of_a_validator_that_raised(
    sns: Stubber, travels: Travels
) -> None:
    name = "validator_failure_to_notifier.json"
    request = a_gateway_event(a_body(amount=100.005))
    stack = event(name)["responsePayload"]["stackTrace"]
    assert_is_stack_of("validator", stack)
    record = a_record(
        "validator",
        request,
        error_of(validator, request, stack=stack),
        condition="RetriesExhausted",
    )
    travels(name, record)
    sns.add_response("publish", {})
    assert notifier.lambda_handler(record, None) == {
        "status": "REJECTED",
        "function": "validator-dev",
        "condition": "RetriesExhausted",
        "reason": "amount: has more than the 2 decimals of USD",
        **a_transaction(amount="100.005"),
    }


def test_the_notifier_is_given_the_record_of_a_processor_that_raised(
    s3: Stubber, dynamodb: Stubber, sns: Stubber, travels: Travels
) -> None:
    name = "processor_failure_to_notifier.json"
    request = event("validator_to_processor.json")
    s3.add_response("put_object", {})
    dynamodb.add_client_error(
        "put_item", "ThrottlingException", "Rate of requests exceeds the allowed throughput."
    )
    stack = event(name)["responsePayload"]["stackTrace"]
    assert_is_stack_of("processor", stack)
    record = a_record(
        "processor",
        request,
        error_of(processor, request, stack=stack),
        condition="RetriesExhausted",
        invocations=3,
    )
    travels(name, record)
    sns.add_response("publish", {})
    assert notifier.lambda_handler(record, None) == {
        "status": "FAILED",
        "function": "processor-dev",
        "condition": "RetriesExhausted",
        "reason": (
            "An error occurred (ThrottlingException) when calling the PutItem operation: "
            "Rate of requests exceeds the allowed throughput."
        ),
        **a_transaction(),
    }


def assert_is_stack_of(module: str, stack: list[str]) -> None:
    """Check the deepest lines apart, which differ with each line of code that is added."""
    assert stack[0].startswith(f'  File "/var/task/{module}.py", line ')
    assert stack[0].splitlines()[0].endswith(", in lambda_handler")
    assert all(isinstance(line, str) for line in stack)


def test_sam_local_hands_over_the_proxy_event(travels: Travels) -> None:
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
    travels("gateway_to_validator_proxy.json", made)


def test_the_validator_answers_the_proxy_event() -> None:
    assert validator.lambda_handler(event("gateway_to_validator_proxy.json"), None) == {
        "statusCode": 202,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"requestId": REQUEST_ID, "status": "ACCEPTED"}),
    }


def test_each_hop_has_one_event() -> None:
    assert sorted(path.name for path in EVENTS.iterdir()) == [
        "gateway_to_validator.json",
        "gateway_to_validator_proxy.json",
        "processor_failure_to_notifier.json",
        "processor_to_notifier.json",
        "transactions.json",
        "validator_failure_to_notifier.json",
        "validator_to_processor.json",
    ]


def expected_outcomes(bodies: list[Any]) -> Iterator[str]:
    """Say what becomes of the bodies when each is followed to its end before the next."""
    model = Draft4Validator(request_model())
    owners: dict[str, str] = {}
    for body in bodies:
        if not model.is_valid(body):
            yield "400"
            continue
        try:
            transaction = validator.lambda_handler(a_gateway_event(body), None)
        except validator.InvalidTransaction:
            yield "REJECTED"
            continue
        name, own = transaction["transactionId"], processor.fingerprint(transaction)
        if name not in owners:
            owners[name] = own
            yield "PROCESSED"
        else:
            yield "DUPLICATE" if owners[name] == own else "CONFLICT"


def test_the_transactions_of_the_main_job_expect_what_the_contracts_say() -> None:
    entries = event("transactions.json")
    assert [entry["expect"] for entry in entries] == list(
        expected_outcomes([entry["body"] for entry in entries])
    )


@pytest.mark.parametrize("outcome", ["PROCESSED", "DUPLICATE", "CONFLICT", "REJECTED", "400"])
def test_the_transactions_of_the_main_job_show_every_outcome(outcome: str) -> None:
    assert outcome in {entry["expect"] for entry in event("transactions.json")}


def test_an_entry_of_the_main_job_holds_nothing_unknown() -> None:
    for entry in event("transactions.json"):
        assert {"expect", "body"} <= entry.keys() <= {"expect", "note", "body"}
