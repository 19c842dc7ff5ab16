"""Hostile IDs: the response is the record or the outcome, or a 404."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from schemathesis import Case, GenerationMode

from ops.stack import Stack
from template.api_get import NO_OUTCOME, NOT_RECORDED
from template.api_responses import NOT_FOUND
from tests.security import case_counts
from tests.security.hostile_ids import NO_ITEMS
from tests.security.scenario import SECONDS, Scenario
from tests.security.test_hostile_http import OPERATIONS, at_most, conforms

GET_RECORD = OPERATIONS["/transaction/{transactionId}"]["GET"]
GET_OUTCOME = OPERATIONS["/request/{requestId}"]["GET"]
NEGATIVE, POSITIVE = (
    GET_RECORD.as_strategy(generation_mode=mode) | GET_OUTCOME.as_strategy(generation_mode=mode)
    for mode in (GenerationMode.NEGATIVE, GenerationMode.POSITIVE)
)


def check_lookup(status: int, headers: Mapping[str, str], content: Any) -> int:
    """Check the response of a GET: a 404 with a fixed text, or an item of ours."""
    case_counts.count()
    assert headers["content-type"] == "application/json"
    assert "x-evil" not in headers
    if status == 404:
        assert content.pop("message") in {NOT_RECORDED, NO_OUTCOME, NOT_FOUND}
        assert content == {"requestId": headers["x-amzn-requestid"]}
    return status


@pytest.mark.parametrize("read", ["transaction", "request"])
@pytest.mark.parametrize("name", NO_ITEMS)
def test_an_id_that_no_item_can_have_is_not_found(scenario: Scenario, name: str, read: str) -> None:
    """Send the path unchanged; an HTTP library would normalize it."""
    record, request = scenario.recorded()["transactionId"], scenario.recorded_request()
    known = record if read == "transaction" else request
    url = urlsplit(scenario.stack.api_endpoint)
    connection = HTTPConnection(url.netloc, timeout=SECONDS)
    path = urljoin(url.path, f"{read}/{NO_ITEMS[name].replace('{known}', known)}")
    connection.request("GET", path, headers={"x-api-key": scenario.stack.api_key})
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    assert check_lookup(response.status, headers, json.load(response)) == 404
    connection.close()


def test_a_known_id_is_found_beside_them(scenario: Scenario) -> None:
    record = scenario.responses[scenario.read()]
    assert record.status_code == 200
    assert record.json()["transactionId"] == scenario.recorded()["transactionId"]
    outcome = scenario.responses[scenario.read_outcome()]
    assert outcome.status_code == 200
    assert outcome.json()["requestId"] == scenario.recorded_request()


@at_most(400)
@given(case=NEGATIVE)
def test_an_id_that_the_document_forbids_is_not_found(secured: Stack, case: Case[Any]) -> None:
    assert conforms(secured, case, check_lookup) in {403, 404}


@at_most(100)
@given(case=POSITIVE)
def test_an_id_that_the_document_allows_is_looked_up(secured: Stack, case: Case[Any]) -> None:
    assert conforms(secured, case, check_lookup) in {200, 404}
