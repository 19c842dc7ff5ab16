"""The CloudFormation template that SAM generates."""

import json
import re
from copy import deepcopy
from dataclasses import asdict
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


def deployment(resources: Json) -> str:
    """Return the logical ID of the API's deployment, which is new for each deployment."""
    (found,) = of_type(resources, "AWS::ApiGateway::Deployment")
    return found


def test_a_new_name_of_what_the_api_uses_redeploys_the_stage(template: Json) -> None:
    names = {
        title: name["Fn::Sub"]
        for title, resource in template["Resources"].items()
        for attribute, name in resource["Properties"].items()
        if attribute.endswith("Name") and "Fn::Sub" in name
    }
    before = deployment(translated(template))

    def redeploys(*titles: str) -> bool:
        text = json.dumps(template)
        for title in titles:
            name = rf"(?<![\w/-]){re.escape(names[title])}"
            text = re.sub(name, f"new-{title}-${{EnvironmentSuffix}}", text)
        return deployment(translated(json.loads(text))) != before

    body = json.dumps(template["Resources"]["TransactionApi"]["Properties"]["DefinitionBody"])
    used = {title for title in names if re.search(rf'[{{"]{title}[.}}"]', body)}
    assert used == {"ApiRole", "OutcomesTable", "TransactionTable", "ValidatorFunction"}
    redeploying = used | {"TransactionApi"}
    assert {title for title in redeploying if redeploys(title)} == redeploying
    assert not redeploys(*(names.keys() - redeploying))


def test_another_environment_is_another_deployment(template: Json) -> None:
    changed = {
        name: deployment(translated(template, {name: value})) != deployment(translated(template))
        for name, value in {
            "EnvironmentSuffix": "other",
            "AlertEmail": "ops@example.com",
            "Architecture": "x86_64",
            "AwsEndpointUrl": "http://localhost",
            "RetainData": "true",
        }.items()
    }
    assert changed.keys() == template["Parameters"].keys()
    assert {name for name in changed if changed[name]} == {"EnvironmentSuffix"}


def test_a_setting_redeploys_the_stage_exactly_if_it_changes_what_the_api_serves(
    template: Json,
) -> None:
    """The usage plan, the stage and the functions change in place."""
    allowed = {
        "api_keys": 2,
        "log_retention": 14,
        "retries": 1,
        "dead_letter_retention": 13,
        "platform_lines": False,
    }
    before = translated(template)
    served, redeployed = set(), set()
    for name, default in asdict(Settings()).items():
        settings = Settings(**{name: allowed.get(name, default + 1)})
        after = translated(json.loads(build_template(settings).to_json()))
        served |= {name} if after["TransactionApi"] != before["TransactionApi"] else set()
        redeployed |= {name} if deployment(after) != deployment(before) else set()
    assert redeployed == served
