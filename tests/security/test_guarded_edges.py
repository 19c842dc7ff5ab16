"""An invalid event is dead-lettered with the reason, and nothing is written."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ops import evidence
from ops.transaction import a_body
from tests.handlers.builders import (
    a_gateway_event,
    a_processed_record,
    a_record,
    a_validated_record,
)
from tests.handlers.builders import (
    a_transaction as validated,
)
from tests.polling import eventually
from tests.security.scenario import Scenario, a_transaction

SECONDS = 60

type Event = dict[str, Any]
type Make = Callable[[str], Event]


def without(name: str, event: Event, *path: str) -> Event:
    """Return an event without one field, at a path."""
    place = event
    for key in path:
        place = place[key]
    del place[name]
    return event


def failed(name: str, **changes: object) -> Event:
    """Return the destination record of a failed validator."""
    error = {"errorMessage": "no", "errorType": "InvalidTransaction"}
    request = a_gateway_event(a_body(transactionId=name))
    return a_record("validator", request, error, condition="RetriesExhausted") | changes


CASES: dict[tuple[str, str], Make] = {
    ("validator", "requestId: must be 1 to 64 of A-Z a-z 0-9 -"): lambda name: without(
        "requestId", a_gateway_event(a_body(transactionId=name))
    ),
    ("validator", "transaction: is missing from the event"): lambda name: without(
        "transaction", a_gateway_event(name=name)
    ),
    ("validator", "source: is missing"): lambda name: a_gateway_event(
        without("source", a_body(transactionId=name))
    ),
    ("processor", "version: must be 1.0, that of a destination record"): lambda name: (
        a_validated_record(transactionId=name) | {"version": "2.0"}
    ),
    ("processor", "responsePayload: must be a transaction"): lambda name: without(
        "responsePayload", a_validated_record(transactionId=name)
    ),
    ("processor", "responsePayload.transactionId: is missing or malformed"): failed,
    ("processor", "responsePayload.amount: is missing or malformed"): lambda name: without(
        "amount", a_validated_record(transactionId=name), "responsePayload"
    ),
    ("processor", "responsePayload.timestamp: is missing or malformed"): lambda name: without(
        "timestamp", a_validated_record(transactionId=name), "responsePayload"
    ),
    ("notifier", "version: must be 1.0, that of a destination record"): lambda name: {
        "Records": [{"body": json.dumps(validated(transactionId=name))}]
    },
    ("notifier", "requestContext.condition: must be a word of letters"): lambda name: without(
        "condition", a_processed_record(transactionId=name), "requestContext"
    ),
    (
        "notifier",
        "responsePayload.status: must be one of PROCESSED, DUPLICATE, CONFLICT",
    ): lambda name: without("status", a_processed_record(transactionId=name), "responsePayload"),
    ("notifier", "responsePayload.currency: is missing or malformed"): lambda name: without(
        "currency", a_processed_record(transactionId=name), "responsePayload"
    ),
    ("notifier", "requestContext.functionArn: must be the ARN of a function"): lambda name: without(
        "functionArn", failed(name), "requestContext"
    ),
}


@pytest.fixture(scope="module")
def sent(scenario: Scenario) -> dict[tuple[str, str], tuple[str, Event]]:
    """Send all events at once, because exhausting the retries takes time."""
    events = {}
    for number, (case, make) in enumerate(CASES.items(), 1):
        name = f"edge-{number}"
        events[case] = name, make(name)
        scenario.stack.functions.invoke(
            FunctionName=scenario.function(case[0]),
            InvocationType="Event",
            Payload=json.dumps(events[case][1]),
        )
    return events


@pytest.mark.parametrize("case", CASES, ids=": ".join)
def test_an_invalid_event_is_dead_lettered_with_the_reason(
    case: tuple[str, str],
    scenario: Scenario,
    sent: dict[tuple[str, str], tuple[str, Event]],
) -> None:
    stage, error = case
    name, event = sent[case]
    expected = evidence.DeadLetter(stage=stage, event=event, error=error)
    eventually(lambda: expected in evidence.dead_letters(scenario.stack), SECONDS)
    assert evidence.record_of(scenario.stack, name) == []
    assert evidence.audit_object_of(scenario.stack, name) is None


def test_a_foreign_audit_object_is_not_a_claim_and_nothing_is_recorded(scenario: Scenario) -> None:
    body = a_transaction()
    name = body["transactionId"]
    scenario.stack.s3.put_object(
        Bucket=scenario.stack.outputs.bucket_name, Key=f"transactions/{name}.json", Body=b"{}"
    )
    request_id = scenario.post(**body)
    error = eventually(lambda: scenario.dead_letter_error("processor", request_id), SECONDS)
    assert error == "metadata of the audit object: timestamp is missing"
    assert evidence.record_of(scenario.stack, name) == []
    assert evidence.audit_object_of(scenario.stack, name) == {}


@contextmanager
def without_variable(scenario: Scenario, stage: str, variable: str) -> Iterator[None]:
    """Remove one environment variable of a function for the duration of the block."""
    name, functions = scenario.function(stage), scenario.stack.functions
    settings = functions.get_function_configuration(FunctionName=name)
    variables = settings["Environment"]["Variables"]
    rest = {key: value for key, value in variables.items() if key != variable}
    scenario.configure(stage, Environment={"Variables": rest})
    try:
        yield
    finally:
        scenario.configure(stage, Environment={"Variables": variables})


@pytest.mark.parametrize(
    ("stage", "variable"), [("processor", "DYNAMODB_TABLE"), ("notifier", "SNS_TOPIC_ARN")]
)
def test_a_missing_environment_variable_is_named_before_anything_is_written(
    stage: str, variable: str, scenario: Scenario
) -> None:
    body = a_transaction()
    name = body["transactionId"]
    with without_variable(scenario, stage, variable):
        request_id = scenario.post(**body)
        error = eventually(lambda: scenario.dead_letter_error(stage, request_id), SECONDS)
        audited = evidence.audit_object_of(scenario.stack, name)
    assert error == f"{variable}: the environment variable is not set"
    assert (audited is None) == (stage == "processor")

    again = scenario.post(**body)

    expected_status = "PROCESSED" if stage == "processor" else "DUPLICATE"
    assert eventually(lambda: scenario.status(again), SECONDS) == expected_status
