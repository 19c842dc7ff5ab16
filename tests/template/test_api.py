"""The API: its routes, its integration with the validator and its error responses."""

import json
import re
from copy import deepcopy
from string import printable
from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract import PROVENANCE, is_well_formed
from ops.transaction import a_body
from template.api_models import REQUEST_IN_WORDS
from template.api_responses import REQUEST_ID as WELL_FORMED_ID
from template.parameters import SUFFIX
from tests.handlers.builders import API_KEY_ID, RECEIVED_AT, REQUEST_ID, a_gateway_event
from tests.template.reading import Json, named, sub

NOT_FOUND = (
    "Not found. Use POST /transaction, GET /transaction/{transactionId} or GET /request/{requestId}"
)
UNSUPPORTED_TYPE = (
    "The Content-Type must be application/json, "
    "and the body must be in its Content-Encoding: gzip, deflate or identity"
)
ERRORS = {
    "DEFAULT_4XX": (None, "The request is invalid"),
    "DEFAULT_5XX": (None, "The request failed; try again"),
    "BAD_REQUEST_BODY": ("400", REQUEST_IN_WORDS),
    "INVALID_API_KEY": ("403", "The x-api-key header is missing or invalid"),
    "MISSING_AUTHENTICATION_TOKEN": ("404", NOT_FOUND),
    "RESOURCE_NOT_FOUND": ("404", NOT_FOUND),
    "REQUEST_TOO_LARGE": ("413", "The body is larger than 10 MB"),
    "UNSUPPORTED_MEDIA_TYPE": ("415", UNSUPPORTED_TYPE),
    "THROTTLED": ("429", "Too many requests; try again"),
    "QUOTA_EXCEEDED": ("429", "The daily quota is exceeded; retry tomorrow"),
    "INTEGRATION_FAILURE": ("504", "The request was not processed; try again"),
    "INTEGRATION_TIMEOUT": ("504", "The request may not have been processed; try again"),
}
RETRY_AFTER = {"THROTTLED": "'1'", "QUOTA_EXCEEDED": "'3600'"}


@pytest.fixture
def body(resources: Json) -> Json:
    """Return a copy that a test may modify."""
    found: Json = deepcopy(resources["TransactionApi"]["Properties"]["DefinitionBody"])
    return found


def test_every_route_requires_a_key(body: Json) -> None:
    routes = [route for path in body["paths"].values() for route in path.values()]
    assert [route["security"] for route in routes] == [[{"apiKey": []}]] * 3
    scheme = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    assert body["components"]["securitySchemes"] == {"apiKey": scheme}


def test_a_body_is_validated_against_the_model(body: Json) -> None:
    post = body["paths"]["/transaction"]["post"]
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Transaction"}
    validator = post["x-amazon-apigateway-request-validator"]
    assert body["x-amazon-apigateway-request-validators"][validator]["validateRequestBody"]


@pytest.fixture
def integration(body: Json) -> Json:
    found: Json = body["paths"]["/transaction"]["post"]["x-amazon-apigateway-integration"]
    return found


def test_the_validator_is_invoked_asynchronously(integration: Json) -> None:
    """Destinations need asynchronous invocations, which need an `aws` integration."""
    assert integration.pop("requestTemplates").keys() == {"application/json"}
    assert integration.pop("responses").keys() == {"default"}
    assert integration == {
        "type": "aws",
        "httpMethod": "POST",
        "uri": sub(
            "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
            "${ValidatorFunction.Arn}/invocations"
        ),
        "requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        "passthroughBehavior": "never",
    }


def rendered(template: str, body: object = None) -> Json:
    """Return a mapping template rendered as by the gateway."""
    values = {
        "$context.requestId": REQUEST_ID,
        "$requestId": REQUEST_ID,
        "$context.requestTimeEpoch": str(RECEIVED_AT),
        "$context.identity.apiKeyId": API_KEY_ID,
        "$input.json('$')": json.dumps(body),
    }
    variable = re.compile(r"\$[a-zA-Z]+(\.[a-zA-Z]+)*(\('\$'\))?")
    content = "\n".join(line for line in template.splitlines() if not line.startswith("#set("))
    rendering: Json = json.loads(variable.sub(lambda match: values[match[0]], content))
    return rendering


@pytest.mark.parametrize(
    "transaction",
    [a_body(), a_body(source='"}, "requestId": "forged', transactionId="$context.stage")],
)
def test_the_mapping_template_wraps_the_body_whatever_it_holds(
    transaction: Json, integration: Json
) -> None:
    template = integration["requestTemplates"]["application/json"]
    assert rendered(template, transaction) == a_gateway_event(transaction)


def test_the_202_points_to_the_outcome(integration: Json, body: Json) -> None:
    accepted = integration["responses"]["default"]
    template = accepted["responseTemplates"]["application/json"]
    assert rendered(template) == {"requestId": REQUEST_ID, "status": "ACCEPTED"}
    header = "$context.responseOverride.header.Location"
    assert f'#set({header} = "request/$requestId")' in template.splitlines()
    assert accepted["responseParameters"] == {"method.response.header.Retry-After": "'1'"}
    # API Gateway cannot map to a header that the method does not declare.
    declared = body["paths"]["/transaction"]["post"]["responses"]["202"]["headers"]
    assert declared.keys() == {"Location", "Retry-After"}


@pytest.mark.parametrize(
    ("posted_to", "found_at"),
    [
        ("https://a1.execute-api.eu-west-1.amazonaws.com/prod/transaction", "/prod/request/7f"),
        ("https://pay.example.com/transaction", "/request/7f"),
        ("https://pay.example.com/base/path/transaction", "/base/path/request/7f"),
        ("https://pay.example.com/base/transaction?x=/y/", "/base/request/7f"),
        (
            "http://127.0.0.1:4566/_aws/execute-api/a1/prod/transaction",
            "/_aws/execute-api/a1/prod/request/7f",
        ),
    ],
)
def test_the_location_holds_below_any_base_path(posted_to: str, found_at: str) -> None:
    host, _, _ = posted_to.partition("/transaction")
    origin = "/".join(host.split("/")[:3])
    assert urljoin(posted_to, "request/7f") == origin + found_at


@pytest.fixture(scope="module")
def replaced() -> list[tuple[str, str]]:
    """Return the patterns and replacements that make a request ID well-formed."""
    assert WELL_FORMED_ID.startswith("#set($requestId = $context.requestId.replaceAll(")
    return re.findall(r"replaceAll\('(.+?)', '(.*?)'\)", WELL_FORMED_ID)


LONGEST = PROVENANCE["requestId"].schema["maxLength"]


@given(sent=st.text() | st.from_regex(PROVENANCE["requestId"].pattern, fullmatch=True))
@example(sent="")
@example(sent='"}, "status": "')
@example(sent="a\nLocation: //evil")
@example(sent="/" * 10_000)
@example(sent="a" * LONGEST)
@example(sent="a" * (LONGEST + 1))
def test_a_request_id_becomes_well_formed_and_a_well_formed_one_stays(
    replaced: list[tuple[str, str]], sent: str
) -> None:
    found = sent
    for pattern, replacement in replaced:
        found = re.sub(pattern, replacement, found)
    assert is_well_formed("requestId", found)
    assert found == sent or not is_well_formed("requestId", sent)


def test_the_event_and_the_202_have_the_same_request_id(integration: Json) -> None:
    for template in (
        integration["requestTemplates"]["application/json"],
        integration["responses"]["default"]["responseTemplates"]["application/json"],
    ):
        assert template.startswith(WELL_FORMED_ID)
        assert "$context.requestId" not in template.removeprefix(WELL_FORMED_ID)


def test_an_error_response_is_json_with_a_fixed_message_and_the_request_id(body: Json) -> None:
    responses = body["x-amazon-apigateway-gateway-responses"]
    assert responses.keys() == ERRORS.keys()
    for kind, (status, message) in ERRORS.items():
        template = responses[kind].pop("responseTemplates")["application/json"]
        assert rendered(template) == {"message": message, "requestId": REQUEST_ID}
        assert responses[kind].pop("statusCode", None) == status
        header = "gatewayresponse.header.Retry-After"
        expected = {header: RETRY_AFTER[kind]} if kind in RETRY_AFTER else None
        assert responses[kind].pop("responseParameters", None) == expected


def mapping_templates(body: Json) -> list[str]:
    """Return the templates in VTL: of requests, and of responses of integrations."""
    integrations = [
        route["x-amazon-apigateway-integration"]
        for path in body["paths"].values()
        for route in path.values()
    ]
    found = [
        template
        for integration in integrations
        for part in (integration, *integration["responses"].values())
        for kind in ("requestTemplates", "responseTemplates")
        for template in part.get(kind, {}).values()
    ]
    return [one if isinstance(one, str) else one["Fn::Sub"] for one in found]


def test_a_request_id_that_a_client_chose_is_well_formed_wherever_it_is_written(body: Json) -> None:
    """$util.escapeJavaScript would escape what REQUEST_ID replaces: it keeps no such character."""
    kept = re.findall(f"[{PROVENANCE['requestId'].characters}]", printable)
    assert json.dumps("".join(kept)) == f'"{"".join(kept)}"'
    assert {"$", "#", " ", "/"}.isdisjoint(kept)
    templates = mapping_templates(body)
    assert len(templates) == 8
    for template in templates:
        before, _, after = template.partition(WELL_FORMED_ID)
        assert "$requestId" not in before
        assert "$context.requestId" not in before + after.replace(WELL_FORMED_ID, "")


def test_a_sampling_rule_without_a_reservoir_covers_the_api_of_the_environment_alone(
    resources: Json,
) -> None:
    rule = resources["SamplingRule"]["Properties"]["SamplingRule"]
    api = resources["TransactionApi"]["Properties"]
    assert rule == {
        "RuleName": named("pipeline"),
        "Version": 1,
        "Priority": 5_000,
        "ReservoirSize": 0,
        "FixedRate": 0.05,
        "ServiceName": sub(f"{api['Name']['Fn::Sub']}/{api['StageName']}"),
        "ServiceType": "AWS::ApiGateway::Stage",
        **dict.fromkeys(("Host", "HTTPMethod", "URLPath", "ResourceARN"), "*"),
    }


def test_the_name_of_the_rule_fits_x_ray_with_the_longest_suffix() -> None:
    (longest,) = re.findall(r"\{0,(\d+)\}", SUFFIX)
    # https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
    assert len("pipeline-") + 1 + int(longest) <= 32
