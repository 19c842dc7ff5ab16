"""A record can be read over HTTP directly from the table, which can fail."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from ops import evidence
from ops.stack import Stack
from ops.submission import submit
from ops.subscriber import Subscriber
from template.api_responses import NOT_FOUND, UNSUPPORTED_TYPE

type Builder = Callable[..., dict[str, Any]]

SECONDS = 30
NOT_RECORDED = "No transaction with this ID is recorded"
NO_OUTCOME = "No request with this ID has an outcome yet; try again"


def read(pipeline: Stack, name: str, **headers: str) -> requests.Response:
    return pipeline.http.get(f"{pipeline.api_endpoint}/{name}", headers=headers, timeout=SECONDS)


def error_of(response: requests.Response) -> tuple[int, str]:
    """Check the shape of an error response; return its status and message."""
    content = response.json()
    message: str = content.pop("message")
    assert content == {"requestId": response.headers["x-amzn-RequestId"]}
    assert response.headers["Content-Type"] == "application/json"
    return response.status_code, message


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (100.5, "USD", "100.5"),  # the table stores a number, without trailing zeros
        (100, "JPY", "100"),
        (0.0001, "CLF", "0.0001"),
        (999_999_999_999, "EUR", "999999999999"),
        (12345678901.1234, "CLF", "12345678901.1234"),
    ],
)
def test_a_transaction_is_read_back_as_it_was_recorded(
    pipeline: Stack,
    notifications: Subscriber,
    a_transaction: Builder,
    amount: float,
    currency: str,
    text: str,
) -> None:
    body = a_transaction(amount=amount, currency=currency)
    submitted = submit(pipeline, body)
    assert notifications.wait_for({submitted.request_id}, seconds=SECONDS) == set()

    response = read(pipeline, body["transactionId"])

    (item,) = evidence.record_of(pipeline, body["transactionId"])
    assert (response.status_code, response.json()) == (
        200,
        {
            **body,
            "amount": text,
            "timestamp": int(item["timestamp"]["N"]),
            "requestId": submitted.request_id,
        },
    )
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


def test_the_record_is_that_of_the_first_whatever_came_later(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction(amount=1)
    first = submit(pipeline, body)
    assert notifications.wait_for({first.request_id}, seconds=SECONDS) == set()
    later = {submit(pipeline, {**body, "amount": amount}).request_id for amount in (1, 2)}
    assert notifications.wait_for(later, seconds=SECONDS) == set()

    # The ID is that of the path, whatever else is called so.
    path = f"{body['transactionId']}?transactionId=another"
    record = read(pipeline, path, transactionId="another").json()

    assert (record["amount"], record["requestId"]) == ("1", first.request_id)


def test_an_id_without_a_record_is_404_and_not_cacheable(
    pipeline: Stack,
) -> None:
    response = read(pipeline, "never-sent")
    assert error_of(response) == (404, NOT_RECORDED)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({"x-api-key": "wrong"}, 403, "The x-api-key header is missing or invalid"),
        ({"Content-Type": "text/plain"}, 415, UNSUPPORTED_TYPE),
        ({"Content-Encoding": "br"}, 415, UNSUPPORTED_TYPE),
    ],
)
def test_errors_have_the_shape_of_all_errors(
    pipeline: Stack, headers: dict[str, str], status: int, message: str
) -> None:
    assert error_of(read(pipeline, "any", **headers)) == (status, message)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_record_can_only_be_read(pipeline: Stack, method: str) -> None:
    response = pipeline.http.request(method, f"{pipeline.api_endpoint}/any", timeout=SECONDS)
    assert error_of(response) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("path", "missing", "unreadable"),
    [
        ("transaction", NOT_RECORDED, "The record cannot be read; try again"),
        ("request", NO_OUTCOME, "The outcome cannot be read; try again"),
    ],
)
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("InternalServerError", 500),
        ("NoAnswerThatCounts", 200),
    ],
)
def test_what_the_table_does_not_answer_is_503_with_retry_after(
    pipeline: Stack, path: str, missing: str, unreadable: str, code: str, status: int
) -> None:
    name = f"unreadable-{status}"
    faults = f"{pipeline.connection['endpoint_url']}/_local/faults"
    fault = {
        "service": "dynamodb",
        "operation": "Query",
        "code": code,
        "status": status,
        "times": 1,
        "containing": name,
    }
    requests.post(faults, json=fault, timeout=SECONDS).raise_for_status()

    response = read(pipeline, f"../{path}/{name}")

    assert error_of(response) == (503, unreadable)
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Cache-Control"] == "no-store"
    assert error_of(read(pipeline, f"../{path}/{name}")) == (404, missing)
