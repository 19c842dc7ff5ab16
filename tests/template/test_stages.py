"""Each stage: its function, queue, log group, role and destinations."""

import importlib.util
from typing import Any

import pytest
from troposphere import Template

from template.parameters import SUFFIX
from template.settings import InvalidSettings, Settings
from template.stages import MAX_NAME_LENGTH, RESERVED_NAMES, InvalidStage, Stages, title_of
from tests.template.reading import (
    ROOT,
    STAGES,
    TITLES,
    Json,
    allow,
    deny_plain_http,
    get,
    named,
    ref,
    sub,
    trust,
)

DEFAULTS = Settings()
PERMISSIONS: dict[str, list[Json]] = {
    "validator": [
        allow("InvokeProcessor", ["lambda:InvokeFunction"], get("ProcessorFunction")),
        allow("InvokeNotifier", ["lambda:InvokeFunction"], get("NotifierFunction")),
    ],
    "processor": [
        allow("InvokeNotifier", ["lambda:InvokeFunction"], get("NotifierFunction")),
        allow(
            "ClaimAuditObjects",
            ["s3:GetObject", "s3:PutObject"],
            sub("${AuditBucket.Arn}/transactions/*"),
        ),
        allow("RecordTransactions", ["dynamodb:PutItem"], get("TransactionTable")),
    ],
    "notifier": [
        allow("StoreOutcomes", ["dynamodb:PutItem"], get("OutcomesTable")),
        allow("PublishNotifications", ["sns:Publish"], ref("TransactionTopic")),
    ],
}


def test_every_queue_and_the_bucket_require_tls(resources: Json) -> None:
    for title in TITLES:
        queue = f"{title}DeadLetterQueue"
        assert resources[f"{queue}Policy"]["Properties"] == {
            "Queues": [ref(queue)],
            "PolicyDocument": deny_plain_http("sqs:*", get(queue)),
        }
    assert resources["AuditBucketPolicy"]["Properties"] == {
        "Bucket": ref("AuditBucket"),
        "PolicyDocument": deny_plain_http("s3:*", get("AuditBucket"), sub("${AuditBucket.Arn}/*")),
    }


@pytest.mark.parametrize("stage", PERMISSIONS)
def test_a_role_allows_exactly_what_its_function_needs(stage: str, resources: Json) -> None:
    title = title_of(stage)
    assert resources[f"{title}Role"]["Properties"] == {
        "RoleName": named(f"{stage}-role"),
        "AssumeRolePolicyDocument": trust("lambda"),
        "Policies": [
            {
                "PolicyName": named(f"{stage}-policy"),
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        allow(
                            "WriteLogs",
                            ["logs:CreateLogStream", "logs:PutLogEvents"],
                            get(f"{title}LogGroup"),
                        ),
                        allow(
                            "SendTraces",
                            ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
                            "*",
                        ),
                        allow(
                            "SendDeadLetters",
                            ["sqs:SendMessage"],
                            get(f"{title}DeadLetterQueue"),
                        ),
                        *PERMISSIONS[stage],
                    ],
                },
            }
        ],
    }


def statements(resources: Json, stage: str) -> list[Json]:
    role = resources[f"{title_of(stage)}Role"]["Properties"]
    found: list[Json] = role["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def allowed(resources: Json, stage: str, action: str) -> set[str]:
    """Return the resources for which a role allows the action."""
    return {
        resource["Fn::GetAtt"][0]
        for statement in statements(resources, stage)
        if action in statement["Action"]
        for resource in statement["Resource"]
    }


@pytest.mark.parametrize("stage", STAGES)
def test_a_role_allows_what_lambda_does_for_its_function(stage: str, resources: Json) -> None:
    """Check each connection of a function for its permission, without an engine."""
    function = resources[f"{title_of(stage)}Function"]["Properties"]
    destinations = function["EventInvokeConfig"].get("DestinationConfig", {})
    assert allowed(resources, stage, "lambda:InvokeFunction") == {
        item["Destination"]["Fn::GetAtt"][0] for item in destinations.values()
    }
    assert allowed(resources, stage, "sqs:SendMessage") == {
        function["DeadLetterQueue"]["TargetArn"]["Fn::GetAtt"][0]
    }
    assert allowed(resources, stage, "logs:PutLogEvents") == {
        function["LoggingConfig"]["LogGroup"]["Ref"]
    }


@pytest.mark.parametrize("stage", STAGES)
def test_a_handler_is_in_the_folder_of_its_stage(stage: str, resources: Json) -> None:
    handler: str = resources[f"{title_of(stage)}Function"]["Properties"]["Handler"]
    module, _, name = handler.rpartition(".")
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin == str(ROOT / "src" / f"{module.replace('.', '/')}.py")
    assert f"\ndef {name}(" in (ROOT / spec.origin).read_text(encoding="utf-8")


def some_stages(settings: Settings = DEFAULTS) -> Stages:
    template = Template()
    return Stages(template, settings)


def properties_of(name: str, **limits: Any) -> Json:
    """Return the properties of a stage's function."""
    function = some_stages().add(name, description="", **limits).function
    properties: Json = function.to_dict()["Properties"]
    return properties


def test_a_name_with_a_hyphen_is_that_of_a_module_with_an_underscore() -> None:
    stages = some_stages()
    stage = stages.add("fraud-check", description="")
    assert stage.title == "FraudCheck"
    assert sorted(stages.template.resources) == [
        "FraudCheckDeadLetterQueue",
        "FraudCheckDeadLetterQueuePolicy",
        "FraudCheckFunction",
        "FraudCheckLogGroup",
        "FraudCheckRole",
    ]
    assert stage.function.Handler == "fraud_check.fraud_check.lambda_handler"
    assert stage.function.FunctionName.to_dict() == named("fraud-check")
    assert stage.dead_letter_queue.QueueName.to_dict() == named("fraud-check-dlq")
    assert stage.log_group.LogGroupName.to_dict() == named("/aws/lambda/fraud-check")


@pytest.mark.parametrize("name", ["a", "a" * 38, "a-1", "kyc2", "fraud-check-by-rules"])
def test_a_stage_may_have_any_name_that_deploys(name: str) -> None:
    assert some_stages().add(name, description="").name == name


def test_the_longest_name_and_the_longest_suffix_fit_the_name_of_a_role() -> None:
    assert SUFFIX == "[a-z0-9][a-z0-9-]{0,19}"
    assert MAX_NAME_LENGTH + len("-role-") + 20 == 64


@pytest.mark.parametrize(
    "name",
    ["", "Fraud", "fraud_check", "1st", "-a", "a-", "a--b", "a b", "a\n", "\u00e9", "a" * 39],
)
def test_a_name_that_cannot_deploy_is_rejected(name: str) -> None:
    with pytest.raises(InvalidStage) as caught:
        some_stages().add(name, description="")
    assert str(caught.value) == (
        f"the name of the stage {name!r} must be 1 to 38 of a-z 0-9 -, starting with a letter, "
        "each - between letters or digits"
    )


@pytest.mark.parametrize("name", ["contract", "logs", "clients", "json", "botocore", "api"])
def test_a_name_whose_folder_would_hide_a_module_is_rejected(name: str) -> None:
    with pytest.raises(InvalidStage) as caught:
        some_stages().add(name, description="")
    assert str(caught.value) == f"the name of the stage {name!r} is taken; choose another"


def test_no_folder_can_hide_a_module_that_all_functions_share() -> None:
    assert {path.stem for path in (ROOT / "src").glob("*.py")} <= RESERVED_NAMES


@pytest.mark.parametrize(("one", "other"), [("a-1", "a1"), ("kyc", "kyc")])
def test_two_names_with_the_same_logical_id_are_rejected(one: str, other: str) -> None:
    stages = some_stages()
    stages.add(one, description="")
    with pytest.raises(InvalidStage) as caught:
        stages.add(other, description="")
    assert str(caught.value) == (
        f"the stage {other!r} would have the logical ID {title_of(one)}Function, "
        "which another stage has; choose another name"
    )


def test_a_stage_may_have_limits_of_its_own() -> None:
    limits = {"memory": 1_024, "timeout": 120, "retries": 1, "reserved_concurrency": None}
    usual, own = properties_of("kyc"), properties_of("kyc", **limits)
    assert {name: own.get(name) for name in usual if own.get(name) != usual[name]} == {
        "MemorySize": 1_024,
        "Timeout": 120,
        "EventInvokeConfig": {"MaximumRetryAttempts": 1},
        "ReservedConcurrentExecutions": None,
    }
    assert properties_of("kyc", reserved_concurrency=7)["ReservedConcurrentExecutions"] == 7


@pytest.mark.parametrize(
    ("limit", "value"),
    [("memory", 127), ("timeout", 901), ("retries", 3), ("reserved_concurrency", 0)],
)
def test_a_limit_out_of_bounds_is_rejected(limit: str, value: int) -> None:
    with pytest.raises(InvalidSettings, match=rf"^{limit} \(.* not {value}$"):
        properties_of("kyc", **{limit: value})
