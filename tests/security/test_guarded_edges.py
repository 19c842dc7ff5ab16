"""An invalid event is dead-lettered with the reason, and nothing is written."""

import json
from functools import partial
from typing import Any

from ops import evidence
from ops.entries import audit_object_of
from ops.foreign import Foreign
from ops.stack import Stack
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


def of_another_stage(name: str) -> dict[str, Any]:
    """Return the destination record of a failed validator."""
    error = {"errorMessage": "no", "errorType": "InvalidTransaction"}
    request = a_gateway_event(a_body(transactionId=name))
    return a_record("validator", request, error, condition="RetriesExhausted")


NO_RECORD = "version: must be 1.0, that of a destination record"
EDGES: dict[str, tuple[str, dict[str, Any], str]] = {
    "edge-1": (
        "validator",
        a_gateway_event(a_body(transactionId="edge-1"), requestId=None),
        "requestId: must be 1 to 64 of A-Z a-z 0-9 -",
    ),
    "edge-2": (
        "processor",
        a_validated_record(transactionId="edge-2") | {"version": "2.0"},
        NO_RECORD,
    ),
    "edge-3": (
        "processor",
        of_another_stage("edge-3"),
        "responsePayload.transactionId: is missing or malformed",
    ),
    "edge-4": ("notifier", {"Records": [{"body": "edge-4"}]}, NO_RECORD),
    "edge-5": (
        "notifier",
        a_processed_record(transactionId="edge-5", currency=None),
        "responsePayload.currency: is missing or malformed",
    ),
}


def test_an_invalid_event_is_dead_lettered_with_the_reason(scenario: Scenario) -> None:
    stack = scenario.stack
    for stage, event, _ in EDGES.values():  # at once, because exhausting the retries takes time
        stack.functions.invoke(
            FunctionName=scenario.function(stage),
            InvocationType="Event",
            Payload=json.dumps(event),
        )
    for name, (stage, event, error) in EDGES.items():
        expected = evidence.DeadLetter(stage=stage, event=event, error=error)
        eventually(partial(is_dead_lettered, stack, expected), SECONDS)
        assert evidence.record_of(stack, name) == []
        assert audit_object_of(stack, name) is None


def is_dead_lettered(stack: Stack, expected: evidence.DeadLetter) -> bool:
    return expected in evidence.dead_letters(stack)


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
    assert audit_object_of(scenario.stack, name) == Foreign(
        "audit object", f"transactions/{name}.json", "has no transactionId"
    )
