"""The contract of each hop: what one function returns is what the next one is given, in events/."""

import json
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.transaction import a_body
from processor import processor
from tests.handlers.builders import REQUEST_ID, a_gateway_event, a_record, an_error
from tests.handlers.events import check_event, read_event
from validator import validator

type Travels = Callable[[str, object], None]


@pytest.fixture
def travels(request: pytest.FixtureRequest) -> Travels:
    return partial(check_event, request)


def test_the_gateway_hands_over_what_its_mapping_template_writes(travels: Travels) -> None:
    travels("gateway_to_validator.json", a_gateway_event())


def test_the_processor_is_given_the_validators_record(travels: Travels) -> None:
    request = read_event("gateway_to_validator.json")
    response = validator.lambda_handler(request, None)
    travels("validator_to_processor.json", a_record("validator", request, response))


def test_the_notifier_is_given_the_processors_record(
    s3: Stubber, dynamodb: Stubber, travels: Travels
) -> None:
    s3.add_response("put_object", {})
    dynamodb.add_response("put_item", {})
    request = read_event("validator_to_processor.json")
    response = processor.lambda_handler(request, None)
    travels("processor_to_notifier.json", a_record("processor", request, response))


def test_a_rejection_is_passed_on_untouched(travels: Travels) -> None:
    request = a_gateway_event(a_body(amount=100.005))
    rejected = validator.lambda_handler(request, None)
    record = a_record("validator", request, rejected)
    assert processor.lambda_handler(record, None) == rejected
    travels("processor_rejection_to_notifier.json", a_record("processor", record, rejected))


def test_the_notifier_is_given_the_record_of_a_processor_that_raised(
    s3: Stubber, dynamodb: Stubber, travels: Travels
) -> None:
    s3.add_response("put_object", {})
    # One that each version of botocore has a class for.
    dynamodb.add_client_error(
        "put_item",
        "RequestLimitExceeded",
        "Throughput exceeds the current throughput limit for your account.",
    )
    request = read_event("validator_to_processor.json")
    travels(*failure_of(processor, request, invocations=3))


def failure_of(
    handler: ModuleType, request: object, *, invocations: int
) -> tuple[str, dict[str, Any]]:
    """Return the name of an event, and what Lambda makes of the error that a handler raises."""
    stage = handler.__name__.rpartition(".")[2]
    name = f"{stage}_failure_to_notifier.json"
    stack = read_event(name)["responsePayload"]["stackTrace"]
    assert_is_stack_of(stage, stack)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - Lambda catches everything too
        handler.lambda_handler(request, None)
    assert isinstance(caught.value, Exception)
    error = an_error(stage, caught.value, stack=stack)
    record = a_record(stage, request, error, condition="RetriesExhausted", invocations=invocations)
    return name, record


def assert_is_stack_of(module: str, stack: list[str]) -> None:
    """Check the deepest lines apart, which differ with each line of code that is added."""
    assert stack[0].startswith(f'  File "/var/task/{module}/{module}.py", line ')
    assert stack[0].splitlines()[0].endswith(", in lambda_handler")
    assert all(isinstance(line, str) for line in stack)


def test_the_validator_answers_the_proxy_event() -> None:
    assert validator.lambda_handler(read_event("gateway_to_validator_proxy.json"), None) == {
        "statusCode": 202,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"requestId": REQUEST_ID, "status": "ACCEPTED"}),
    }
