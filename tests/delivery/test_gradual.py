"""Gradual deployments, and why they do not work with SAM's aliases."""

import json

import pytest
from samtranslator.translator.transform import transform

from template.pipeline import build_template
from template.settings import Settings
from tests.template.reading import Json, get, of_type
from tests.template.test_sam import NoManagedPolicies


@pytest.fixture(scope="module")
def with_aliases() -> Json:
    template: Json = json.loads(build_template(Settings()).to_json())
    for resource in of_type(template["Resources"], "AWS::Serverless::Function").values():
        resource["CodeUri"] = "s3://bucket/key"
        resource["AutoPublishAlias"] = "live"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
        translated: Json = transform(template, {}, NoManagedPolicies())
    resources: Json = translated["Resources"]
    return resources


def test_destinations_and_retries_would_belong_to_the_alias(with_aliases: Json) -> None:
    configs = of_type(with_aliases, "AWS::Lambda::EventInvokeConfig").values()
    assert [config["Qualifier"] for config in configs] == ["live"] * 3


def test_destinations_would_invoke_the_function_itself(with_aliases: Json) -> None:
    config = of_type(with_aliases, "AWS::Lambda::EventInvokeConfig")
    destinations = config["ValidatorFunctionEventInvokeConfig"]["DestinationConfig"]
    assert destinations == {
        "OnSuccess": {"Destination": get("ProcessorFunction")},
        "OnFailure": {"Destination": get("NotifierFunction")},
    }


def test_the_api_would_invoke_the_function_itself_and_may_not(with_aliases: Json) -> None:
    body = with_aliases["TransactionApi"]["Properties"]["Body"]
    integration = body["paths"]["/transaction"]["post"]["x-amazon-apigateway-integration"]
    assert "/functions/${ValidatorFunction.Arn}/invocations" in integration["uri"]["Fn::Sub"]
    permissions = of_type(with_aliases, "AWS::Lambda::Permission").values()
    assert [permission["FunctionName"] for permission in permissions] == [
        {"Ref": "ValidatorFunctionAliaslive"}
    ]
