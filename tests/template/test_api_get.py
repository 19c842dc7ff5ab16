"""GET: the query, its role and the mapping of its response."""

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
from tests.template.reading import Json, allow, get, named

ID = contract.FIELDS["transactionId"]
LONGEST = ID.schema["maxLength"]


@pytest.fixture
def integration(resources: Json) -> Json:
    return integration_of(resources)


def integration_of(resources: Json) -> Json:
    body = deepcopy(resources["TransactionApi"]["Properties"]["DefinitionBody"])
    found: Json = body["paths"]["/transaction/{transactionId}"]["get"]
    extension: Json = found["x-amazon-apigateway-integration"]
    return extension


def test_the_role_allows_api_gateway_to_query_that_table_and_nothing_else(resources: Json) -> None:
    assert resources["ApiRole"]["Properties"] == {
        "RoleName": named("api-role"),
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": ["apigateway.amazonaws.com"]},
                    "Action": ["sts:AssumeRole"],
                }
            ],
        },
        "Policies": [
            {
                "PolicyName": named("api-policy"),
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        allow("ReadTransactions", ["dynamodb:Query"], get("TransactionTable"))
                    ],
                },
            }
        ],
    }


@pytest.fixture
def query_template(integration: Json) -> str:
    template: str = integration["requestTemplates"]["application/json"]["Fn::Sub"]
    return template


def test_it_queries_one_record_consistently(query_template: str) -> None:
    first, _, query = query_template.partition("\n")
    assert first.startswith("#set($id = $input.params('transactionId').replaceAll(")
    assert json.loads(query) == {
        "TableName": "${TransactionTable}",
        "KeyConditionExpression": "transactionId = :id",
        "ExpressionAttributeValues": {":id": {"S": "$id"}},
        "ConsistentRead": True,
        "Limit": 1,
    }


@given(text=st.text() | st.from_regex(f"[{ID.characters}]{{1,70}}", fullmatch=True))
@example(text='a"}, "TableName": "other')
@example(text="a'b\\")
@example(text="$context.identity.apiKey")
@example(text="a" * LONGEST)
@example(text="a" * (LONGEST + 1))
@example(text="a\n")
def test_an_invalid_id_becomes_one_that_no_record_has(text: str) -> None:
    asked = asked_for(text)
    assert len(asked) <= LONGEST
    assert re.fullmatch(f"[/{ID.characters}]*", asked)
    if is_id(text):
        assert asked == text
    else:
        assert not is_id(asked)


REPLACED = (f"[^{ID.characters}]", f".{{{LONGEST + 1},}}")


def asked_for(text: str) -> str:
    """Return an ID as the request template changes it."""
    for pattern in REPLACED:
        text = re.sub(pattern, "/", text)
    return text


def is_id(text: str) -> bool:
    return len(text) <= LONGEST and bool(re.match(ID.schema["pattern"], text))


def test_the_template_does_just_that(query_template: str) -> None:
    first, _, _ = query_template.partition("\n")
    assert re.findall(r"replaceAll\('(.+?)', '(.+?)'\)", first) == [(p, "/") for p in REPLACED]


def test_an_optional_field_is_in_the_response_if_it_is_in_the_record(
    integration: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = contract.text("a-z", 9, example="gift", required=False)
    monkeypatch.setitem(contract.RECORD, "note", field)
    monkeypatch.setattr(api_models, "OPTIONAL", [*contract.OPTIONAL, "note"])
    resources = json.loads(build_template(Settings()).to_json())["Resources"]
    before, template = (
        found["responses"]["200"]["responseTemplates"]["application/json"]
        for found in (integration, integration_of(resources))
    )
    assert "#else\n#set($record = $input.path('$.Items[0]'))\n{" in template
    note = "\"note\": $input.json('$.Items[0].note.S')"
    assert f"#if($record.note),\n{note}#end\n}}\n#end" in template
    assert without_optional(template) == without_optional(before)


def without_optional(template: str) -> str:
    """Return the template for a record without optional fields."""
    template = template.replace("#set($record = $input.path('$.Items[0]'))\n", "")
    return re.sub(r"#if\(\$record\.\w+\),\n.*#end\n", "", template)


def test_every_status_and_header_that_is_mapped_is_declared(
    resources: Json, integration: Json
) -> None:
    """API Gateway cannot map to a response that the method does not declare."""
    body = resources["TransactionApi"]["Properties"]["DefinitionBody"]
    declared = body["paths"]["/transaction/{transactionId}"]["get"]["responses"]
    for response in integration["responses"].values():
        mapped = {name.rpartition(".")[2] for name in response["responseParameters"]}
        assert mapped == declared[response["statusCode"]]["headers"].keys()
