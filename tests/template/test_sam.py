"""The CloudFormation template that SAM generates."""

import json
from copy import deepcopy
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from template.pipeline import build_template, compose
from template.settings import Settings
from template.stages import Stage
from tests.template.reading import Json, get, of_type, ref


class NoManagedPolicies:
    """A loader without managed policies: ours are inline."""

    def load(self) -> dict[str, str]:
        raise AssertionError


def translated(template: Json | None = None, parameters: Json | None = None) -> Json:
    """Return the resources of the template, translated as if its code had been uploaded."""
    uploaded: Any = deepcopy(template or json.loads(build_template(Settings()).to_json()))
    for resource in uploaded["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
        result: Json = transform(uploaded, parameters or {}, NoManagedPolicies())
    resources: Json = result["Resources"]
    return resources


@pytest.fixture
def deployed(template: Json) -> Json:
    return translated(template)


def test_each_function_has_its_destinations_and_retries(deployed: Json) -> None:
    def config(stage: Stage) -> Json:
        destinations = {"OnSuccess": stage.on_success, "OnFailure": stage.on_failure}
        return {
            "FunctionName": ref(f"{stage.title}Function"),
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": stage.settings.retries,
            "DestinationConfig": {
                name: {"Destination": get(f"{target.title}Function")}
                for name, target in destinations.items()
                if target
            },
        }

    assert of_type(deployed, "AWS::Lambda::EventInvokeConfig") == {
        f"{stage.title}FunctionEventInvokeConfig": config(stage)
        for stage in compose(Settings()).stages
    }


def test_sam_adds_no_role_and_no_policy(deployed: Json, resources: Json) -> None:
    assert of_type(deployed, "AWS::IAM::Role") == of_type(resources, "AWS::IAM::Role")
    assert not of_type(deployed, "AWS::IAM::Policy")
    assert not of_type(deployed, "AWS::IAM::ManagedPolicy")


def test_the_api_has_one_stage_of_one_deployment(deployed: Json, resources: Json) -> None:
    (deployment,) = of_type(deployed, "AWS::ApiGateway::Deployment")
    assert of_type(deployed, "AWS::ApiGateway::Stage") == {
        "TransactionApiprodStage": {
            "StageName": "prod",
            "RestApiId": ref("TransactionApi"),
            "DeploymentId": ref(deployment),
            "TracingEnabled": True,
            "MethodSettings": resources["TransactionApi"]["Properties"]["MethodSettings"],
        }
    }


def test_the_usage_plan_covers_the_stage_that_sam_made(deployed: Json) -> None:
    plan = deployed["TransactionUsagePlan"]["Properties"]
    stage = {"ApiId": ref("TransactionApi"), "Stage": ref("TransactionApiprodStage")}
    assert plan["ApiStages"] == [stage]


def test_sam_leaves_the_body_of_the_api_as_it_is(deployed: Json, resources: Json) -> None:
    """An Api event adds a synchronous proxy only if the document has no integration."""
    ours = resources["TransactionApi"]["Properties"]["DefinitionBody"]
    assert deployed["TransactionApi"]["Properties"]["Body"] == ours
