"""What the API refuses, it refuses in one JSON shape, and nothing of it goes any further."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import requests

from ops.stack import Stack
from ops.transaction import a_body
from template.api_responses import gateway_responses

type Builder = Callable[..., dict[str, Any]]

JSON = {"Content-Type": "application/json"}
SECONDS = 30


def refused(response: requests.Response, status: int, kind: str) -> None:
    template = gateway_responses()[kind]["responseTemplates"]["application/json"]
    request_id = response.json()["requestId"]
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == json.loads(template.replace("$context.requestId", request_id))
    assert request_id == response.headers["x-amzn-RequestId"]


def post(pipeline: Stack, data: bytes | str, **headers: str) -> requests.Response:
    return pipeline.http.post(
        pipeline.api_endpoint, data=data, headers={**JSON, **headers}, timeout=SECONDS
    )


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "nonsense",
        "[]",
        "null",
        "17",
        '{"transactionId": "a"}',
        json.dumps(a_body(amount=math.nan)),
        json.dumps(a_body()).replace("100.5", "1e400"),
        json.dumps(a_body(amount="1")),
        json.dumps(a_body(currency="usd")),
        json.dumps(a_body(transactionId="a\n")),
        json.dumps(a_body(more=1)),
    ],
)
def test_refuses_a_body_that_is_no_transaction(pipeline: Stack, data: str) -> None:
    refused(post(pipeline, data), 400, "BAD_REQUEST_BODY")


def test_refuses_without_a_key(pipeline: Stack, a_transaction: Builder) -> None:
    response = requests.post(pipeline.api_endpoint, json=a_transaction(), timeout=SECONDS)
    refused(response, 403, "INVALID_API_KEY")


def test_refuses_a_wrong_key(pipeline: Stack, a_transaction: Builder) -> None:
    response = post(pipeline, json.dumps(a_transaction()), **{"x-api-key": "wrong"})
    refused(response, 403, "INVALID_API_KEY")


def test_refuses_what_is_not_json(pipeline: Stack, a_transaction: Builder) -> None:
    response = post(pipeline, json.dumps(a_transaction()), **{"Content-Type": "text/plain"})
    refused(response, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_takes_json_with_a_charset(pipeline: Stack, a_transaction: Builder) -> None:
    content_type = "application/json; charset=utf-8"
    response = post(pipeline, json.dumps(a_transaction()), **{"Content-Type": content_type})
    assert response.status_code == 202


def test_knows_no_other_path(pipeline: Stack, a_transaction: Builder) -> None:
    response = pipeline.http.post(
        pipeline.api_endpoint + "s", json=a_transaction(), timeout=SECONDS
    )
    refused(response, 404, "MISSING_AUTHENTICATION_TOKEN")


def test_knows_no_other_method(pipeline: Stack, a_transaction: Builder) -> None:
    response = pipeline.http.put(pipeline.api_endpoint, json=a_transaction(), timeout=SECONDS)
    refused(response, 404, "MISSING_AUTHENTICATION_TOKEN")


def test_refuses_a_body_over_10_mb(pipeline: Stack) -> None:
    response = post(pipeline, b" " * (10 * 1_048_576 + 1))
    refused(response, 413, "REQUEST_TOO_LARGE")
