"""The stored data of one transaction, and the content of dead-letter messages."""

import pytest
from botocore.exceptions import ClientError

from ops.evidence import DeadLetter, audit_object_of
from tests.unit.stacks import a_stack, stubbing


def test_an_unclaimed_id_has_no_audit_object() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
        assert audit_object_of(stack, "order-1") is None


def test_an_unreadable_audit_object_is_not_a_missing_one() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_client_error("get_object", "AccessDenied", http_status_code=403)
        with pytest.raises(ClientError, match="AccessDenied"):
            audit_object_of(stack, "order-1")


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
