"""API Gateway's error responses and limits, on a test API."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import requests

from local.lifecycle import Engine
from tests.local.conftest import Function, MakeFunction

MEGABYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}


def gateway_response(status: int | None, message: str, **more: object) -> dict[str, Any]:
    template = f'{{"message": "{message}", "requestId": "$context.requestId"}}'
    settings: dict[str, Any] = {"responseTemplates": {"application/json": template}, **more}
    return settings | ({"statusCode": str(status)} if status else {})


GATEWAY_RESPONSES = {
    "BAD_REQUEST_BODY": gateway_response(400, "Not so"),
    "DEFAULT_4XX": {
        "responseTemplates": {
            "application/json": '{"said": $context.error.messageString,'
            ' "bare": "$context.error.message", "type": "$context.error.responseType",'
            ' "nothing": "$context.authorizer.claims.sub"}'
        },
    },
    "DEFAULT_5XX": gateway_response(None, "Sorry"),
    "MISSING_AUTHENTICATION_TOKEN": gateway_response(404, "Not here"),
    "THROTTLED": gateway_response(
        429, "Slow down", responseParameters={"gatewayresponse.header.Retry-After": "'1'"}
    ),
    "QUOTA_EXCEEDED": gateway_response(429, "Tomorrow"),
}
MODEL = {
    "type": "object",
    "required": ["amount"],
    "properties": {"amount": {"type": "number"}},
    "additionalProperties": False,
}


def integration(uri: str, **more: object) -> dict[str, Any]:
    return {
        "type": "aws",
        "httpMethod": "POST",
        "uri": uri,
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": "{\"body\": $input.json('$')}"},
        "responses": {"default": {"statusCode": "200"}},
        **more,
    }


def operation(uri: str, *, key: bool = False, **more: object) -> dict[str, Any]:
    return {
        "requestBody": {
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Model"}}}
        },
        "responses": {"200": {"description": "Well"}},
        "security": [{"key": []}] if key else [],
        "x-amazon-apigateway-request-validator": "body",
        "x-amazon-apigateway-integration": integration(uri, **more),
    }


class Api:
    """A deployed API."""

    def __init__(self, engine: Engine, document: dict[str, Any]) -> None:
        self.client = boto3.client("apigateway", **engine.connection)
        self.id = self.client.create_rest_api(name="tested")["id"]
        self.client.put_rest_api(restApiId=self.id, body=json.dumps(document).encode())
        self.client.create_deployment(restApiId=self.id, stageName="v1")
        self.url = f"{engine.endpoint_url}/_aws/execute-api/{self.id}/v1"

    def post(self, path: str, body: str | bytes, **headers: str) -> requests.Response:
        return requests.post(self.url + path, data=body, headers={**JSON, **headers}, timeout=30)

    def plan(self, **limits: Any) -> str:  # as boto3 has them
        key = self.client.create_api_key(name="tested", enabled=True)
        plan = self.client.create_usage_plan(
            name="tested", apiStages=[{"apiId": self.id, "stage": "v1"}], **limits
        )
        self.client.create_usage_plan_key(
            usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY"
        )
        return key["value"]


@pytest.fixture(scope="module")
def function(make_function: MakeFunction) -> Function:
    return make_function("def handle(event, context): return event")


@pytest.fixture(scope="module")
def api(engine: Engine, function: Function) -> Api:
    function.client.add_permission(
        FunctionName=function.name,
        StatementId="gateway",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    path = "arn:aws:apigateway:ap-southeast-1:lambda:path/2015-03-31/functions"
    uri = f"{path}/{function.arn}/invocations"
    paths = {
        "/open": {"post": operation(uri)},
        "/role": {"post": operation(uri, credentials="arn:aws:iam::000000000000:role/tested")},
        "/plain": {"post": operation(uri, requestTemplates={"text/plain": '"$input.body"'})},
        "/keyed": {"post": operation(uri, key=True)},
        "/wrong": {
            "post": operation(uri, requestTemplates={"application/json": "$input.json('$[')"})
        },
    }
    return Api(
        engine,
        {
            "openapi": "3.0.1",
            "info": {"title": "tested", "version": "1"},
            "paths": paths,
            "components": {
                "schemas": {"Model": MODEL},
                "securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
            },
            "x-amazon-apigateway-api-key-source": "HEADER",
            "x-amazon-apigateway-gateway-responses": GATEWAY_RESPONSES,
            "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
        },
    )


def assert_error(response: requests.Response, status: int, message: str) -> None:
    request_id = response.headers["x-amzn-RequestId"]
    assert (response.status_code, response.json()) == (
        status,
        {"message": message, "requestId": request_id},
    )
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON;charset=UTF-8"])
def test_json_is_passed_on_with_any_parameters(api: Api, content_type: str) -> None:
    response = api.post("/open", '{"amount": 1.5}', **{"Content-Type": content_type})

    assert (response.status_code, response.json()) == (200, {"body": {"amount": 1.5}})


@pytest.mark.parametrize("body", ["", '{"amount": "1"}', '{"amount": NaN}', "[" * 200_000])
def test_a_body_that_violates_the_model_is_rejected(api: Api, body: str) -> None:
    assert_error(api.post("/open", body), 400, "Not so")


def test_a_client_can_choose_the_request_id(api: Api) -> None:
    chosen = {"x-amzn-RequestId": 'a "quote"'}
    assert api.post("/open", "{}", **chosen).headers["x-amzn-RequestId"] == 'a "quote"'
    assert len(api.post("/open", "{}").headers["x-amzn-RequestId"]) == 36


def test_another_content_type_is_rejected_without_validation(api: Api) -> None:
    response = api.post("/open", "anything", **{"Content-Type": "text/plain"})

    assert (response.status_code, response.json()["type"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_another_content_type_with_a_template_is_passed_on(api: Api) -> None:
    response = api.post("/plain", "anything", **{"Content-Type": "text/plain"})

    assert (response.status_code, response.json()) == (200, "anything")


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
    ],
)
def test_a_body_is_decoded(api: Api, encoding: str, encode: Callable[[bytes], bytes]) -> None:
    response = api.post("/open", encode(b'{"amount": 1.5}'), **{"Content-Encoding": encoding})

    assert (response.status_code, response.json()) == (200, {"body": {"amount": 1.5}})


GZIPPED = gzip.compress(b'{"amount": 1.5}', mtime=0)
DEFLATED = zlib.compress(b'{"amount": 1.5}')


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"xx"),
        ("gzip", b'{"amount": 1.5}'),
        ("gzip", GZIPPED[:-1]),
        ("gzip", GZIPPED[:-8] + b"checksum"),
        ("gzip", GZIPPED + b"x"),
        ("gzip", DEFLATED),
        ("deflate", b'{"amount": 1.5}'),
        ("deflate", DEFLATED[:-1]),
        ("deflate", GZIPPED),
        ("gzip, gzip", gzip.compress(GZIPPED, mtime=0)),
        ("br", b'{"amount": 1.5}'),
        ("x", b'{"amount": 1.5}'),
    ],
)
def test_a_body_that_cannot_be_decoded_is_an_unsupported_media_type(
    api: Api, encoding: str, body: bytes
) -> None:
    response = api.post("/open", body, **{"Content-Encoding": encoding})

    assert (response.status_code, response.json()) == (
        415,
        {
            "said": "Unsupported Media Type",
            "bare": "Unsupported Media Type",
            "type": "UNSUPPORTED_MEDIA_TYPE",
            "nothing": "",
        },
    )


def test_the_limit_is_that_of_the_decoded_body(api: Api) -> None:
    body = gzip.compress(b" " * (10 * MEGABYTE + 1))

    assert api.post("/open", body, **{"Content-Encoding": "gzip"}).status_code == 413


def test_ten_megabytes_are_accepted_and_more_rejected(api: Api) -> None:
    assert_error(api.post("/open", "x" * 10 * MEGABYTE), 400, "Not so")
    response = api.post("/open", "x" * (10 * MEGABYTE + 1))

    assert (response.status_code, response.json()) == (
        413,
        {
            "said": "HTTP content length exceeded 10485760 bytes.",
            "bare": "HTTP content length exceeded 10485760 bytes.",
            "type": "REQUEST_TOO_LARGE",
            "nothing": "",
        },
    )


def test_an_unknown_path_has_its_own_response(api: Api) -> None:
    assert_error(api.post("/absent", "{}"), 404, "Not here")


def test_an_error_without_its_own_response_has_its_familys(api: Api) -> None:
    response = api.post("/keyed", '{"amount": 1}')

    assert (response.status_code, response.json()) == (
        403,
        {"said": "Forbidden", "bare": "Forbidden", "type": "INVALID_API_KEY", "nothing": ""},
    )


def test_an_error_inside_the_gateway_has_the_same_shape(api: Api) -> None:
    assert_error(api.post("/wrong", '{"amount": 1}'), 500, "Sorry")


def test_a_key_is_throttled_at_the_rate_of_its_plan(api: Api) -> None:
    key = api.plan(throttle={"rateLimit": 0.001, "burstLimit": 2})

    responses = [api.post("/keyed", '{"amount": 1}', **{"x-api-key": key}) for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert_error(responses[2], 429, "Slow down")
    assert responses[2].headers["Retry-After"] == "1"


def test_a_deleted_key_is_invalid(api: Api) -> None:
    key = api.plan()
    (found,) = [
        one for one in api.client.get_api_keys(includeValues=True)["items"] if one["value"] == key
    ]
    api.client.delete_api_key(apiKey=found["id"])

    response = api.post("/keyed", '{"amount": 1}', **{"x-api-key": key})

    assert (response.status_code, response.json()["type"]) == (403, "INVALID_API_KEY")


def test_a_key_is_limited_to_the_quota_of_its_plan(api: Api) -> None:
    key = api.plan(quota={"limit": 2, "period": "DAY"})

    responses = [api.post("/keyed", '{"amount": 1}', **{"x-api-key": key}) for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert_error(responses[2], 429, "Tomorrow")


def test_each_method_is_throttled_at_the_rate_of_the_stage_over_all_keys(engine: Engine) -> None:
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    method = {"security": [{"key": []}], "x-amazon-apigateway-integration": mock}
    api = Api(
        engine,
        {
            "openapi": "3.0.1",
            "info": {"title": "capped", "version": "1"},
            "paths": {"/a": {"post": method}, "/b": {"post": method}},
            "components": {
                "securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
            },
            "x-amazon-apigateway-gateway-responses": GATEWAY_RESPONSES,
        },
    )
    api.client.update_stage(
        restApiId=api.id,
        stageName="v1",
        patchOperations=[
            {"op": "replace", "path": f"/*/*/throttling/{name}", "value": value}
            for name, value in {"rateLimit": "0.001", "burstLimit": "2"}.items()
        ],
    )
    # A plan's own throttle comes first: what it turns away is no load of the stage.
    greedy = api.plan(throttle={"rateLimit": 0.001, "burstLimit": 1})
    one, another = api.plan(quota={"limit": 1, "period": "DAY"}), api.plan()

    def post(path: str, key: str) -> requests.Response:
        return api.post(path, "{}", **{"x-api-key": key})

    responses = [post("/a", key) for key in (greedy, greedy, one, another, one)]

    assert [response.status_code for response in responses] == [200, 429, 200, 429, 429]
    for throttled in (responses[1], *responses[3:]):
        assert_error(throttled, 429, "Slow down")
    assert post("/b", another).status_code == 200


def test_credentials_of_an_integration_are_imported(api: Api) -> None:
    resources = api.client.get_resources(restApiId=api.id)["items"]
    role = next(item["id"] for item in resources if item["path"] == "/role")

    found = api.client.get_integration(restApiId=api.id, resourceId=role, httpMethod="POST")

    assert found["credentials"] == "arn:aws:iam::000000000000:role/tested"


def test_an_api_without_its_own_responses_returns_amazons(
    engine: Engine,
) -> None:
    paths = {"/x": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}}
    info = {"title": "bare", "version": "1"}
    bare = Api(engine, {"openapi": "3.0.1", "info": info, "paths": paths})

    response = bare.post("/absent", "{}")

    assert (response.status_code, response.json()) == (
        403,
        {"message": "Missing Authentication Token"},
    )
