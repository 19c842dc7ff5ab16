"""An invalid event is dead-lettered with the reason, and nothing is written."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contract import FIELDS
from ops import evidence
from ops.transaction import a_body
from tests.handlers.builders import (
    a_gateway_event,
    a_processed_record,
    a_record,
    a_validated_record,
)
from tests.polling import eventually
from tests.security.scenario import Scenario, a_transaction

SECONDS = 60

type Event = dict[str, Any]
type Make = Callable[[str], Event]


def of_another_stage(name: str) -> Event:
    """Return the destination record of a failed validator."""
    error = {"errorMessage": "no", "errorType": "InvalidTransaction"}
    request = a_gateway_event(a_body(transactionId=name))
    return a_record("validator", request, error, condition="RetriesExhausted")


CASES: dict[tuple[str, str], Make] = {
    ("validator", "requestId: must be 1 to 64 of A-Z a-z 0-9 -"): lambda name: a_gateway_event(
        a_body(transactionId=name), requestId=None
    ),
    ("validator", "transaction: has other fields than " + ", ".join(FIELDS)): lambda name: (
        a_gateway_event(a_body(transactionId=name, note="gift"))
    ),
    ("processor", "version: must be 1.0, that of a destination record"): lambda name: (
        a_validated_record(transactionId=name) | {"version": "2.0"}
    ),
    ("processor", "responsePayload.transactionId: is missing or malformed"): of_another_stage,
    ("notifier", "version: must be 1.0, that of a destination record"): lambda name: {
        "Records": [{"body": name}]
    },
    ("notifier", "responsePayload.currency: is missing or malformed"): lambda name: (
        a_processed_record(transactionId=name, currency=None)
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
