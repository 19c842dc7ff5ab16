"""Whatever the order of its deliveries, a request keeps the outcome that counts."""

import itertools
import json
from typing import Any

import pytest

from ops.outcomes import Outcome, outcomes_of
from ops.stack import Stack
from tests.handlers.builders import (
    RECEIVED_AT,
    a_processed_record,
    a_record,
    a_validated_record,
    an_error,
)

OTHER_KEY = "another-key"
NUMBERS = itertools.count()


def delivered(pipeline: Stack, *events: dict[str, Any]) -> None:
    """Invoke the notifier with each event, and assert that it publishes the outcome."""
    function = pipeline.stages[-1].function_name
    for event in events:
        response = pipeline.functions.invoke(FunctionName=function, Payload=json.dumps(event))
        assert "FunctionError" not in response, response["Payload"].read()


def ended(status: str, request_id: str, **changes: Any) -> dict[str, Any]:
    """Return the notifier's event about a request that ended so."""
    changes = {"requestId": request_id, "transactionId": f"for-{request_id}", **changes}
    if status == "FAILED":
        error = an_error("processor", TimeoutError("boom"))
        failed = a_validated_record(**changes)
        return a_record("processor", failed, error, condition="RetriesExhausted")
    return a_processed_record(**changes, status=status)


@pytest.fixture
def request_id() -> str:
    return f"delivery-{next(NUMBERS)}"


@pytest.mark.parametrize(
    ("statuses", "final"),
    [
        (["PROCESSED", "PROCESSED"], "PROCESSED"),
        (["FAILED", "FAILED"], "FAILED"),
        # A redrive fixes a failure; a late failure hides nothing.
        (["FAILED", "PROCESSED"], "PROCESSED"),
        (["PROCESSED", "FAILED"], "PROCESSED"),
        (["FAILED", "PROCESSED", "FAILED"], "PROCESSED"),
        (["CONFLICT", "FAILED"], "CONFLICT"),
    ],
)
def test_only_a_failure_is_ever_replaced(
    pipeline: Stack, request_id: str, statuses: list[str], final: str
) -> None:
    delivered(pipeline, *(ended(status, request_id) for status in statuses))

    outcome = outcomes_of(pipeline, {request_id})[request_id]
    failed = final == "FAILED"
    assert outcome == Outcome(
        request_id,
        final,
        f"for-{request_id}",
        "boom" if failed else "",
        "processor-dev" if failed else "",
        outcome.expires_at,
        RECEIVED_AT,
    )


@pytest.mark.parametrize("first", ["PROCESSED", "FAILED"])
def test_who_chooses_the_request_id_of_another_key_changes_nothing(
    pipeline: Stack, request_id: str, first: str
) -> None:
    delivered(pipeline, ended(first, request_id))
    before = outcomes_of(pipeline, {request_id})

    forged = {"apiKeyId": OTHER_KEY, "transactionId": "forged"}
    delivered(
        pipeline, ended("PROCESSED", request_id, **forged), ended("FAILED", request_id, **forged)
    )

    assert outcomes_of(pipeline, {request_id}) == before
