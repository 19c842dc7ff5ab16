"""The content of dead-letter messages."""

from typing import Any

import pytest

from ops.evidence import DeadLetter, receive_dead_letters
from ops.foreign import Foreign
from tests.unit.stacks import a_stack, a_stage, stubbing


@pytest.mark.parametrize(
    ("event", "request_id", "transaction_id"),
    [
        ({"requestId": "a", "transaction": {"transactionId": "b"}}, "a", "b"),
        ({"requestPayload": {"requestId": "a", "transaction": {"transactionId": "b"}}}, "a", "b"),
        ({"responsePayload": {"requestId": "a", "transactionId": "b"}}, "a", "b"),
        (
            {"responsePayload": {"errorMessage": "x"}, "requestPayload": {"requestId": "a"}},
            "a",
            None,
        ),
        ({"requestPayload": {"responsePayload": {"requestId": "a"}}}, "a", None),
        ({"requestPayload": "nothing"}, None, None),
        ({"transaction": {"transactionId": 7}}, None, None),
        ("no object", None, None),
    ],
)
def test_finds_the_ids_of_a_dead_letter_message(
    event: object, request_id: str | None, transaction_id: str | None
) -> None:
    found = DeadLetter("stage", event, "error")
    assert (found.request_id, found.transaction_id) == (request_id, transaction_id)


@pytest.mark.parametrize(
    ("event", "decided"),
    [
        ({"responsePayload": {"status": "PROCESSED"}}, True),
        (
            {"requestContext": {"condition": "Success"}, "responsePayload": {"status": "CONFLICT"}},
            True,
        ),
        ({"requestContext": {"condition": "RetriesExhausted"}, "responsePayload": {}}, True),
        ({"requestContext": {"condition": "EventAgeExceeded"}}, True),
        ({"requestContext": {"condition": "Success"}, "responsePayload": {"amount": "1"}}, False),
        ({"responsePayload": {"status": "VALIDATED"}}, False),
        ({"requestContext": 7, "responsePayload": ["PROCESSED"]}, False),
        ({"transaction": {"status": "PROCESSED"}}, False),
        ("no object", False),
    ],
)
def test_an_event_is_decided_once_it_holds_an_outcome(event: object, *, decided: bool) -> None:
    assert DeadLetter("stage", event, "error").decided is decided


EVENT = '{"requestId": "request-1"}'


@pytest.mark.parametrize(
    ("body", "attributes", "problem"),
    [
        ("no JSON", {}, "is not JSON"),
        ("[" * 100_000, {}, "is not JSON"),
        (
            EVENT,
            {"Trace": {"DataType": "Binary", "BinaryValue": b"1"}},
            "attribute Trace is binary",
        ),
    ],
)
def test_a_message_that_lambda_did_not_send_is_foreign_and_stops_no_other(
    body: str, attributes: dict[str, Any], problem: str
) -> None:
    stack = a_stack()
    messages = [
        {
            "MessageId": "foreign",
            "ReceiptHandle": "r",
            "Body": body,
            "MessageAttributes": attributes,
        },
        {"MessageId": "own", "ReceiptHandle": "r", "Body": EVENT},
    ]
    with stubbing(stack.sqs) as (sqs,):
        sqs.add_response("get_queue_url", {"QueueUrl": "https://sqs/queue"})
        sqs.add_response("receive_message", {"Messages": messages})
        sqs.add_response("receive_message", {})
        sqs.add_response("change_message_visibility_batch", {"Successful": [], "Failed": []})
        with receive_dead_letters(stack, a_stage("validator")) as received:
            found = list(received)

    foreign = Foreign("dead-letter message", "foreign", problem)
    assert found == [
        DeadLetter("validator", None, f"foreign: {problem}", foreign=foreign),
        DeadLetter("validator", {"requestId": "request-1"}, ""),
    ]
    assert [(one.id, one.body) for one in found] == [("foreign", body), ("request-1", EVENT)]


def test_an_event_nested_thousands_deep_is_searched() -> None:
    event: dict[str, Any] = {"requestId": "request-1"}
    for _ in range(5_000):
        event = {"requestPayload": event}

    assert DeadLetter("stage", event, "error").request_id == "request-1"
