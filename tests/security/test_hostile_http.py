"""Hostile HTTP requests: every response is documented and never a 5xx."""

import itertools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes, urljoin

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from contract import FIELDS, is_well_formed
from ops.stack import Stack
from template.api_responses import gateway_responses
from template.client_document import client_document
from template.pipeline import build_template
from template.settings import Settings
from tests.polling import eventually
from tests.security import case_counts
from tests.security.hostile_bodies import ACCEPTED, AUDIT_KEY, MIB, REFUSED, body
from tests.security.hostile_events import LOGGED
from tests.security.hostile_ids import NO_ITEMS
from tests.security.scenario import Scenario
from tests.template.test_request_model import MODEL, bodies

SECONDS = 60
JSON = {"Content-Type": "application/json"}
DOCUMENT = client_document(build_template(Settings()))
OPERATIONS = schemathesis.openapi.from_dict(DOCUMENT)
POST = OPERATIONS["/transaction"]["POST"]
KINDS = {
    400: "BAD_REQUEST_BODY",
    403: "INVALID_API_KEY",
    404: "MISSING_AUTHENTICATION_TOKEN",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}

REQUEST_IDS = {
    # What cannot be in a header is sent as it is in a path.
    name: text.encode() if re.search(rb"[\0-\x1f\x7f]", sent) else sent
    for name, text in NO_ITEMS.items()
    for sent in [unquote_to_bytes(text)]
}

_numbers = itertools.count(1)
accepted: set[str] = set()
"""The accepted requests of this module; the last tests check that each is published."""


def at_most(examples: int) -> settings:
    """Return settings for a test of the API, whose examples are slower than those of handlers."""
    return settings(
        max_examples=min(examples, settings().max_examples // 2),
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def send(stack: Stack, data: str | bytes, **headers: Any) -> requests.Response:
    if isinstance(data, str):
        data = data.replace("{id}", f"hostile-{next(_numbers):010}").encode()
    return stack.http.post(
        stack.api_endpoint, data=data, headers={**JSON, **headers}, timeout=SECONDS
    )


def checked_status(response: requests.Response) -> int:
    """Return the status of a response that is valid in full."""
    return check_response(
        response.status_code, dict(response.headers.lower_items()), response.json()
    )


def check_response(status: int, headers: Mapping[str, str], content: Any) -> int:
    case_counts.count()
    request_id = headers["x-amzn-requestid"]
    assert headers["content-type"] == "application/json"
    if status == 202:
        found = content["requestId"]
        assert is_well_formed("requestId", found)
        assert found == request_id or not is_well_formed("requestId", request_id)
        assert content == {"requestId": found, "status": "ACCEPTED"}
        assert (headers["location"], headers["retry-after"]) == (f"request/{found}", "1")
        accepted.add(found)
        return status
    template = gateway_responses()[KINDS[status]]["responseTemplates"]["application/json"]
    assert content == json.loads(template.replace("$context.requestId", request_id))
    return status


@pytest.mark.parametrize("name", REFUSED)
def test_rejects_a_hostile_body(secured: Stack, name: str) -> None:
    assert checked_status(send(secured, REFUSED[name])) == 400


def test_rejects_a_body_that_is_too_large(secured: Stack) -> None:
    assert checked_status(send(secured, " " * (10 * MIB + 1))) == 413


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_but_valid_body_has_its_expected_outcome(scenario: Scenario, name: str) -> None:
    text, status, amount = ACCEPTED[name]
    response = send(scenario.stack, text)
    assert checked_status(response) == 202
    request_id = response.json()["requestId"]
    assert scenario.notifications.wait_for({request_id}, seconds=SECONDS) == set()
    (notification,) = scenario.notifications.seen[request_id]
    assert notification.message["status"] == status
    assert notification.message.get("amount") == amount


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-api-key": ""}, 403),
        ({"x-api-key": "null"}, 403),
        ({"x-api-key": "*"}, 403),
        ({"x-api-key": "a" * 8_000}, 403),
        ({"x-api-key": "\u00e9"}, 403),
        ({"x-api-key": "' OR '1'='1"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/xml"}, 415),
        ({"Content-Type": "application/vnd.api+json"}, 415),
        ({"Content-Type": "application/json, text/plain"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=a"}, 415),
        ({"Content-Type": "application/json; charset=utf-8"}, 202),
        ({"X-HTTP-Method-Override": "DELETE"}, 202),
        ({"X-Amz-Invocation-Type": "RequestResponse"}, 202),
        ({"X-Amz-Invocation-Type": "DryRun"}, 202),
        ({"X-Amz-Client-Context": "e30="}, 202),
        ({"X-Forwarded-For": "$context.identity.apiKey"}, 202),
        ({"Accept": "application/xml"}, 202),
        ({f"x-{number}": "a" for number in range(90)}, 202),
    ],
    ids=lambda value: next(iter(value.items())) if isinstance(value, dict) else str(value),
)
def test_headers_have_no_effect(secured: Stack, headers: dict[str, str], status: int) -> None:
    encoded: Any = {name: value.encode("latin-1") for name, value in headers.items()}
    assert checked_status(send(secured, body(), **encoded)) == status


@pytest.mark.parametrize("name", REQUEST_IDS)
def test_a_chosen_request_id_is_made_well_formed(scenario: Scenario, name: str) -> None:
    sent = f"chosen-{next(_numbers)}".encode() + REQUEST_IDS[name]
    response = send(scenario.stack, body(), **{"x-amzn-RequestId": sent})
    assert checked_status(response) == 202
    location = urljoin(response.url, response.headers["Location"])

    def outcome() -> dict[str, Any]:
        found = scenario.stack.http.get(location, timeout=SECONDS)
        assert found.status_code in {200, 404}
        content: dict[str, Any] = found.json() if found.ok else {}
        return content

    assert eventually(outcome, SECONDS)["requestId"] == response.json()["requestId"]


@pytest.mark.parametrize("read", ["transaction", "request"])
@pytest.mark.parametrize("name", REQUEST_IDS)
def test_a_read_with_a_chosen_request_id_is_not_found(
    scenario: Scenario, name: str, read: str
) -> None:
    url = urljoin(scenario.stack.api_endpoint, f"{read}/never-sent")
    headers: Any = {"x-amzn-RequestId": b"chosen" + REQUEST_IDS[name]}
    assert scenario.stack.http.get(url, headers=headers, timeout=SECONDS).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["s", "%00", "/%2e%2e", "/..%2f..%2f_local/faults", "%0d%0aX-Evil:1", "/{id}", "a" * 5_000],
)
def test_other_paths_are_not_found(secured: Stack, path: str) -> None:
    response = secured.http.post(secured.api_endpoint + path, json={}, timeout=SECONDS)
    assert checked_status(response) == 404
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "EVIL"])
def test_other_methods_are_not_found(secured: Stack, method: str) -> None:
    response = secured.http.request(method, secured.api_endpoint, timeout=SECONDS)
    assert checked_status(response) == 404


def test_a_key_is_valid_only_in_its_header(secured: Stack) -> None:
    response = requests.post(
        secured.api_endpoint,
        params={"x-api-key": secured.api_key, "api_key": secured.api_key},
        json={},
        cookies={"x-api-key": secured.api_key},
        timeout=SECONDS,
    )
    assert checked_status(response) == 403


def conforms(secured: Stack, case: Case[Any], check: Callable[..., int]) -> int:
    """Send a case, and check the response against the document and by `check`."""
    key = {"x-api-key": secured.api_key}
    base = secured.api_endpoint.removesuffix("/transaction")
    response = case.call(base_url=base, headers=key, session=secured.http, timeout=SECONDS)
    case.validate_response(response, headers=key)
    headers = {name: value for name, (value, *_) in response.headers.items()}
    return check(response.status_code, headers, response.json())


@at_most(1_200)
@given(case=POST.as_strategy(generation_mode=GenerationMode.NEGATIVE))
def test_what_the_document_forbids_is_rejected(secured: Stack, case: Case[Any]) -> None:
    assert conforms(secured, case, check_response) in {400, 403, 415}


@at_most(100)
@given(case=POST.as_strategy(generation_mode=GenerationMode.POSITIVE))
def test_what_the_document_allows_is_accepted(secured: Stack, case: Case[Any]) -> None:
    assert conforms(secured, case, check_response) == 202


@at_most(400)
@given(content=bodies())
def test_the_gateway_agrees_with_the_model_about_any_body(secured: Stack, content: Any) -> None:
    expected = 202 if MODEL.is_valid(content) else 400
    assert checked_status(send(secured, json.dumps(content).encode())) == expected


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a valid body with a few bytes changed, added or removed."""
    text = bytearray(body(name="mutated").encode())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 3)))
        text[at:end] = draw(st.binary(max_size=3) | st.sampled_from([b"", b'"', b"\\", b"{", b"}"]))
    return bytes(text)


def is_transaction(data: bytes) -> bool:
    """Return whether a body is valid by RFC 8259 and the model."""

    def reject(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        content = json.loads(data.decode(), parse_constant=reject)
    except ValueError:
        return False
    return MODEL.is_valid(content)


@at_most(1_200)
@given(data=mutated())
def test_a_mutated_body_is_accepted_only_if_it_is_valid(secured: Stack, data: bytes) -> None:
    assert checked_status(send(secured, data)) == (202 if is_transaction(data) else 400)


def test_no_accepted_request_is_lost_or_leaks(scenario: Scenario) -> None:
    accepted.add(scenario.post())
    assert scenario.notifications.wait_for(accepted, seconds=120) == set()
    well_formed = {
        "status": re.compile("PROCESSED|DUPLICATE|CONFLICT|REJECTED"),
        **{name: re.compile(FIELDS[name].pattern) for name in ("currency", "source")},
    }
    for request_id in accepted:
        (notification,) = scenario.notifications.seen[request_id]
        for name, value in notification.attributes.items():
            assert well_formed[name].fullmatch(value)
    pages = scenario.stack.s3.get_paginator("list_objects_v2").paginate(
        Bucket=scenario.stack.outputs.bucket_name
    )
    keys = [item["Key"] for page in pages for item in page["Contents"]]
    assert keys
    for key in keys:
        assert re.fullmatch(AUDIT_KEY, key)


@pytest.mark.parametrize("stage", ["validator", "processor", "notifier"])
def test_no_log_line_contains_a_control_character_or_a_foreign_key(
    scenario: Scenario, stage: str
) -> None:
    request_id = scenario.post()
    assert scenario.notifications.wait_for({request_id}, seconds=SECONDS) == set()
    eventually(lambda: scenario.log(stage, request_id))
    pages = scenario.stack.logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{scenario.function(stage)}"
    )
    lines = [event["message"].rstrip("\n") for page in pages for event in page["events"]]
    assert [line for line in lines if not line.isprintable()] == []
    ours = [line for line in map(json.loads, lines) if "status" in line]
    assert {"status"} <= {name for line in ours for name in line} <= LOGGED
