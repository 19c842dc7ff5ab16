"""The messages that a temporary queue receives from the topic."""

import json
from typing import Any

import pytest

from ops.foreign import Foreign
from ops.subscriber import Notification, Subscriber
from tests.unit.stacks import a_stack, stubbing

URL = "https://sqs/queue"
OWN = {"requestId": "request-1", "status": "PROCESSED", "timestamp": 1_000}


def a_message(name: str, body: str, **attributes: Any) -> dict[str, Any]:
    return {
        "MessageId": name,
        "ReceiptHandle": f"receipt-{name}",
        "Body": body,
        "MessageAttributes": attributes,
        "Attributes": {"SentTimestamp": "2500"},
    }


@pytest.mark.parametrize(
    ("foreign", "problem"),
    [
        (a_message("a", "no JSON"), "is not JSON"),
        (a_message("a", "[]"), "is not a JSON object"),
        (a_message("a", '{"requestId": []}'), "requestId is not a text"),
        (a_message("a", '{"timestamp": "now"}'), "timestamp is not a number"),
        (
            a_message("a", "{}", status={"DataType": "Binary", "BinaryValue": b"1"}),
            "attribute status is binary",
        ),
    ],
)
def test_a_message_that_is_none_of_ours_is_named_and_stops_no_other(
    foreign: dict[str, Any], problem: str
) -> None:
    stack = a_stack()
    subscriber = Subscriber(stack, URL)
    status = {"DataType": "String", "StringValue": "PROCESSED"}
    with stubbing(stack.sqs) as (sqs,):
        own = a_message("b", json.dumps(OWN), status=status)
        sqs.add_response("receive_message", {"Messages": [foreign, own]})
        for name in "ab":
            handle = {"QueueUrl": URL, "ReceiptHandle": f"receipt-{name}"}
            sqs.add_response("delete_message", {}, handle)
        subscriber.wait_for({"request-1"}, seconds=9)

    assert subscriber.foreign == [Foreign("notification", "a", problem)]
    assert subscriber.seen == {"request-1": [Notification(OWN, {"status": "PROCESSED"}, 2.5)]}
