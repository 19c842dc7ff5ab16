"""Asynchronous events: retries, destinations, dead-letter messages and concurrency."""

import json
from typing import Any

import boto3
import pytest
from mypy_boto3_sqs.type_defs import MessageTypeDef

from local.lifecycle import Engine
from tests.local.conftest import Function, MakeFunction
from tests.polling import eventually


class Queue:
    """A queue on the engine."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.client = boto3.client("sqs", **engine.connection)
        self.url = self.client.create_queue(QueueName=name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:ap-southeast-1:000000000000:{name}"

    def message(self) -> MessageTypeDef:
        def received() -> list[MessageTypeDef]:
            return self.client.receive_message(
                QueueUrl=self.url, MessageAttributeNames=["All"], WaitTimeSeconds=1
            ).get("Messages", [])

        return eventually(received)[0]


def attributes(message: MessageTypeDef) -> dict[str, str]:
    return {name: item["StringValue"] for name, item in message["MessageAttributes"].items()}


@pytest.fixture
def queue(engine: Engine, request: pytest.FixtureRequest) -> Queue:
    return Queue(engine, request.node.name.split("[")[0][:80])


RAISE = "def handle(event, context): raise ValueError(event['say'])"


def raising(make_function: MakeFunction, target: str) -> Function:
    """Make a function that raises, without retries, and dead-letters to `target`."""
    function = make_function(RAISE, DeadLetterConfig={"TargetArn": target})
    function.client.put_function_event_invoke_config(
        FunctionName=function.name, MaximumRetryAttempts=0
    )
    return function


@pytest.mark.parametrize("text", ["no " * 1_000, ""])
def test_a_dead_letter_message_has_the_event_the_request_id_and_the_error(
    make_function: MakeFunction, queue: Queue, text: str
) -> None:
    request_id = raising(make_function, queue.arn).send({"say": text})

    message = queue.message()
    assert json.loads(message["Body"]) == {"say": text}
    found = attributes(message)
    assert found.pop("ErrorMessage", "").rstrip() == text[:1_024].rstrip()
    assert found == {"RequestID": request_id, "ErrorCode": "200"}


def test_a_function_that_may_not_run_dead_letters_its_events(
    make_function: MakeFunction, queue: Queue
) -> None:
    function = raising(make_function, queue.arn)
    function.client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=0
    )

    request_id = function.send({"say": "nothing"})

    assert attributes(queue.message()) == {
        "RequestID": request_id,
        "ErrorCode": "429",
        "ErrorMessage": "Rate Exceeded.",
    }


def test_dead_letters_can_go_to_a_topic(
    engine: Engine, make_function: MakeFunction, queue: Queue
) -> None:
    sns = boto3.client("sns", **engine.connection)
    topic = sns.create_topic(Name="dead-letters")["TopicArn"]
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=raw)

    raising(make_function, topic).send({"say": "no"})

    assert json.loads(queue.message()["Body"]) == {"say": "no"}


def test_a_crash_is_retried_and_then_sent_to_the_failure_destination(
    make_function: MakeFunction, queue: Queue
) -> None:
    function = make_function("import os\ndef handle(event, context): os._exit(7)")
    function.client.put_function_event_invoke_config(
        FunctionName=function.name,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue.arn}},
    )

    request_id = function.send({"id": 1})

    record: dict[str, Any] = json.loads(queue.message()["Body"])
    del record["timestamp"]
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{function.arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        },
        "requestPayload": {"id": 1},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {
            "errorType": "Runtime.ExitError",
            "errorMessage": (
                f"RequestId: {request_id} Error: Runtime exited with error: exit status 7"
            ),
        },
    }


def test_reserved_concurrency_throttles(make_function: MakeFunction, queue: Queue) -> None:
    function = make_function(
        "import time\ndef handle(event, context):\n    time.sleep(event)\n    return 'ran'"
    )
    function.client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=1
    )
    function.client.put_function_event_invoke_config(
        FunctionName=function.name,
        DestinationConfig={"OnSuccess": {"Destination": queue.arn}},
    )

    function.send(4)

    def throttled() -> str | None:
        try:
            function.invoke(0)
        except function.client.exceptions.TooManyRequestsException as error:
            return str({**error.response}["Reason"])
        return None

    assert eventually(throttled) == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert json.loads(queue.message()["Body"])["responsePayload"] == "ran"
    assert function.invoke(0).payload == "ran"
