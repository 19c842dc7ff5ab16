"""No handler logs what looks like a card number."""

from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from notifier import notifier
from ops.transaction import a_body
from processor import processor
from tests.handlers.builders import (
    REQUEST_ID,
    a_gateway_event,
    a_processed_record,
    a_validated_record,
)
from tests.handlers.conftest import Log
from validator import validator


def an_event(handler: ModuleType, transaction_id: str, request_id: str) -> dict[str, Any]:
    """Return the event that a handler gets of a transaction."""
    if handler is validator:
        return a_gateway_event(a_body(transactionId=transaction_id), requestId=request_id)
    record = a_validated_record if handler is processor else a_processed_record
    return record(transactionId=transaction_id, requestId=request_id)


def answer(handler: ModuleType, s3: Stubber, dynamodb: Stubber, sns: Stubber) -> None:
    """Queue the answers of AWS to one event."""
    if handler is processor:
        s3.add_response("put_object", {})
        dynamodb.add_response("put_item", {})
    if handler is notifier:
        sns.add_response("publish", {})


@pytest.mark.parametrize("handler", [validator, processor, notifier])
@pytest.mark.parametrize(
    ("transaction_id", "logged"),
    [
        ("4111111111111111", "(card-like)"),
        ("4111-1111-1111-1111", "(card-like)"),
        ("4111.1111_1111-1111", "(card-like)"),
        ("card-4111111111111111-again", "card-(card-like)-again"),
        ("378282246310005", "(card-like)"),
        ("20260101-0001", "20260101-0001"),
    ],
)
def test_logs_nothing_that_looks_like_a_card(
    handler: ModuleType,
    transaction_id: str,
    logged: str,
    s3: Stubber,
    dynamodb: Stubber,
    sns: Stubber,
    log: Log,
) -> None:
    answer(handler, s3, dynamodb, sns)
    handled = handler.lambda_handler(an_event(handler, transaction_id, REQUEST_ID), None)
    assert handled["transactionId"] == transaction_id
    assert [line["transactionId"] for line in log()] == [logged]


@pytest.mark.parametrize("handler", [validator, processor, notifier])
@pytest.mark.parametrize(
    ("request_id", "logged"),
    [
        ("4111111111111111", "(card-like)"),
        ("41111111-1111-4111-8111-111111111111", "41111111-1111-4111-8111-111111111111"),
        ("41111111-1111-4111-8111-abcdefabcdef", "41111111-1111-4111-8111-abcdefabcdef"),
        ("41111111-1111-4111-8111-111111111111-", "(card-like)(card-like)-"),
    ],
)
def test_logs_no_request_id_that_looks_like_a_card_and_is_no_uuid(
    handler: ModuleType,
    request_id: str,
    logged: str,
    s3: Stubber,
    dynamodb: Stubber,
    sns: Stubber,
    log: Log,
) -> None:
    answer(handler, s3, dynamodb, sns)
    handler.lambda_handler(an_event(handler, "order-1001", request_id), None)
    assert [line["requestId"] for line in log()] == [logged]
