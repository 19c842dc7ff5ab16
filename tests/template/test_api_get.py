"""The two reads: each a query, with a role and the mapping of its response."""

import json
import re
from copy import deepcopy

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import contract
from template import api_models
from template.pipeline import build_template
from template.settings import Settings
from tests.template.reading import Json, allow, get, named, trust

RECORD, OUTCOME = "/transaction/{transactionId}", "/request/{requestId}"
KEYS = {RECORD: "transactionId", OUTCOME: "requestId"}
TABLES = {RECORD: "TransactionTable", OUTCOME: "OutcomesTable"}


@pytest.fixture(params=[RECORD, OUTCOME])
def path(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def integration(resources: Json, path: str) -> Json:
    return integration_of(resources, path)


def integration_of(resources: Json, path: str) -> Json:
    body = deepcopy(resources["TransactionApi"]["Properties"]["DefinitionBody"])
    extension: Json = body["paths"][path]["get"]["x-amazon-apigateway-integration"]
    return extension


def test_the_role_allows_api_gateway_to_query_the_tables_and_nothing_else(resources: Json) -> None:
    assert resources["ApiRole"]["Properties"] == {
        "RoleName": named("api-role"),
        "AssumeRolePolicyDocument": trust("apigateway"),
        "Policies": [
            {
                "PolicyName": named("api-policy"),
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        allow("ReadTransactions", ["dynamodb:Query"], get("TransactionTable")),
                        allow("ReadOutcomes", ["dynamodb:Query"], get("OutcomesTable")),
                    ],
                },
            }
        ],
    }


@pytest.fixture
def query_template(integration: Json) -> str:
    template: str = integration["requestTemplates"]["application/json"]["Fn::Sub"]
    return template


def test_it_queries_one_item_consistently(query_template: str, path: str) -> None:
    first, _, query = query_template.partition("\n")
    assert first.startswith(f"#set($id = $input.params('{KEYS[path]}').replaceAll(")
    assert json.loads(query) == {
        "TableName": f"${{{TABLES[path]}}}",
        "KeyConditionExpression": f"{KEYS[path]} = :id",
        "ExpressionAttributeValues": {":id": {"S": "$id"}},
        "ConsistentRead": True,
        "Limit": 1,
    }


LONGEST = 64


@pytest.mark.parametrize("key", KEYS.values())
@given(text=st.text() | st.from_regex(r"[\w.-]{1,70}", fullmatch=True))
@example(text='a"}, "TableName": "other')
@example(text="a'b\\")
@example(text="$context.identity.apiKey")
@example(text="a" * LONGEST)
@example(text="a" * (LONGEST + 1))
@example(text="a\n")
def test_an_invalid_id_becomes_one_that_no_item_has(key: str, text: str) -> None:
    asked = asked_for(key, text)
    assert len(asked) <= LONGEST
    assert re.fullmatch(f"[/{contract.RECORD[key].characters}]*", asked)
    if is_id(key, text):
        assert asked == text
    else:
        assert not is_id(key, asked)


def replaced(key: str) -> list[str]:
    """Return the patterns that the request template replaces by a slash."""
    field = contract.RECORD[key]
    assert field.schema["maxLength"] == LONGEST
    return [f"[^{field.characters}]", f".{{{LONGEST + 1},}}"]


def asked_for(key: str, text: str) -> str:
    """Return an ID as the request template changes it."""
    for pattern in replaced(key):
        text = re.sub(pattern, "/", text)
    return text


def is_id(key: str, text: str) -> bool:
    return len(text) <= LONGEST and bool(re.match(contract.RECORD[key].schema["pattern"], text))


def test_the_template_does_just_that(query_template: str, path: str) -> None:
    first, _, _ = query_template.partition("\n")
    assert re.findall(r"replaceAll\('(.+?)', '(.+?)'\)", first) == [
        (pattern, "/") for pattern in replaced(KEYS[path])
    ]


@pytest.mark.parametrize("path", [RECORD], indirect=True)
def test_an_optional_field_is_in_the_response_if_it_is_in_the_record(
    integration: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = contract.text("a-z", 9, example="gift", required=False)
    monkeypatch.setitem(contract.RECORD, "note", field)
    monkeypatch.setattr(api_models, "OPTIONAL", [*contract.OPTIONAL, "note"])
    resources = json.loads(build_template(Settings()).to_json())["Resources"]
    before, template = (
        found["responses"]["200"]["responseTemplates"]["application/json"]
        for found in (integration, integration_of(resources, RECORD))
    )
    note = "\"note\": $input.json('$.Items[0].note.S')"
    assert f"#if($item.note),\n{note}#end\n}}\n#elseif(" in template
    assert without_optional(template) == without_optional(before)


def without_optional(template: str) -> str:
    """Return the template for an item without optional fields."""
    return re.sub(r"#if\(\$item\.\w+\),\n.*#end\n", "", template)


def test_an_outcome_holds_a_reason_for_a_rejection_alone_and_an_id_and_time_if_known(
    resources: Json,
) -> None:
    found = integration_of(resources, OUTCOME)["responses"]["200"]["responseTemplates"]
    assert re.findall(r"#if\((.+)\),\n\"(\w+)\"", found["application/json"]) == [
        ("$item.transactionId", "transactionId"),
        ("$item.timestamp", "timestamp"),
        ("$item.status.S == 'REJECTED'", "reason"),
    ]


def test_every_status_and_header_that_is_mapped_is_declared(
    resources: Json, integration: Json, path: str
) -> None:
    """API Gateway cannot map to a response that the method does not declare."""
    body = resources["TransactionApi"]["Properties"]["DefinitionBody"]
    declared = body["paths"][path]["get"]["responses"]
    for response in integration["responses"].values():
        mapped = {name.rpartition(".")[2] for name in response["responseParameters"]}
        assert mapped == declared[response["statusCode"]]["headers"].keys()
    template = integration["responses"]["200"]["responseTemplates"]["application/json"]
    overrides = set(re.findall(r"responseOverride\.status = (\d+)", template))
    assert overrides | {"200"} == declared.keys()
