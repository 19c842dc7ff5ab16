"""Whatever is asked for as an id: a record that has it, or 404 in the shape of every refusal."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from schemathesis import Case, GenerationMode

from ops.stack import Stack
from template.api_get import NOT_RECORDED
from template.api_responses import NOTHING_ELSE
from tests.security import tally
from tests.security.hostile_ids import NO_RECORDS
from tests.security.scenario import SECONDS, Scenario
from tests.security.test_hostile_http import OPERATIONS, at_most, conforms

GET = OPERATIONS["/transaction/{transactionId}"]["GET"]


def looked_up(status: int, headers: Mapping[str, str], content: Any) -> int:  # noqa: ANN401 - JSON
    """Judge the answer to a GET: there is no record, in one of two fixed texts, or one of ours."""
    tally.count()
    assert headers["content-type"] == "application/json"
    assert "x-evil" not in headers
    if status == 404:
        assert content.pop("message") in {NOT_RECORDED, NOTHING_ELSE}
        assert content == {"requestId": headers["x-amzn-requestid"]}
    return status


@pytest.mark.parametrize("name", NO_RECORDS)
def test_an_id_that_no_record_can_have_has_none(scenario: Scenario, name: str) -> None:
    """Send the path as it stands: an HTTP library would mend it."""
    known = scenario.recorded()["transactionId"]
    url = urlsplit(scenario.stack.api_endpoint)
    connection = HTTPConnection(url.netloc, timeout=SECONDS)
    path = f"{url.path}/{NO_RECORDS[name].replace('{known}', known)}"
    connection.request("GET", path, headers={"x-api-key": scenario.stack.api_key})
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    assert looked_up(response.status, headers, json.load(response)) == 404
    connection.close()


def test_a_known_id_is_found_beside_them(scenario: Scenario) -> None:
    record = scenario.answers[scenario.read()]
    assert record.status_code == 200
    assert record.json()["transactionId"] == scenario.recorded()["transactionId"]


@at_most(400)
@given(case=GET.as_strategy(generation_mode=GenerationMode.NEGATIVE))
def test_an_id_that_the_document_forbids_has_no_record(secured: Stack, case: Case[Any]) -> None:
    assert conforms(secured, case, looked_up) in {403, 404}


@at_most(100)
@given(case=GET.as_strategy(generation_mode=GenerationMode.POSITIVE))
def test_an_id_that_the_document_allows_is_looked_up(secured: Stack, case: Case[Any]) -> None:
    assert conforms(secured, case, looked_up) in {200, 404}
