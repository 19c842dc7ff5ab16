"""Every client error has one JSON shape and invokes nothing."""

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


def assert_error(response: requests.Response, status: int, kind: str) -> None:
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
        "no JSON",
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
def test_rejects_a_body_that_is_not_a_transaction(pipeline: Stack, data: str) -> None:
    assert_error(post(pipeline, data), 400, "BAD_REQUEST_BODY")


def test_rejects_a_request_without_a_key(pipeline: Stack, a_transaction: Builder) -> None:
    response = requests.post(pipeline.api_endpoint, json=a_transaction(), timeout=SECONDS)
    assert_error(response, 403, "INVALID_API_KEY")


def test_rejects_a_wrong_key(pipeline: Stack, a_transaction: Builder) -> None:
    response = post(pipeline, json.dumps(a_transaction()), **{"x-api-key": "wrong"})
    assert_error(response, 403, "INVALID_API_KEY")


def test_rejects_another_content_type(pipeline: Stack, a_transaction: Builder) -> None:
    response = post(pipeline, json.dumps(a_transaction()), **{"Content-Type": "text/plain"})
    assert_error(response, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_accepts_json_with_a_charset(pipeline: Stack, a_transaction: Builder) -> None:
    content_type = "application/json; charset=utf-8"
    response = post(pipeline, json.dumps(a_transaction()), **{"Content-Type": content_type})
    assert response.status_code == 202


def test_other_paths_are_not_found(pipeline: Stack, a_transaction: Builder) -> None:
    response = pipeline.http.post(
        pipeline.api_endpoint + "s", json=a_transaction(), timeout=SECONDS
    )
    assert_error(response, 404, "MISSING_AUTHENTICATION_TOKEN")


def test_other_methods_are_not_found(pipeline: Stack, a_transaction: Builder) -> None:
    response = pipeline.http.put(pipeline.api_endpoint, json=a_transaction(), timeout=SECONDS)
    assert_error(response, 404, "MISSING_AUTHENTICATION_TOKEN")


def test_rejects_a_body_over_10_mb(pipeline: Stack) -> None:
    response = post(pipeline, b" " * (10 * 1_048_576 + 1))
    assert_error(response, 413, "REQUEST_TOO_LARGE")
