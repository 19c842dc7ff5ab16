"""Each stage: its function, queue, log group and role, and where its results go."""

import pytest

from template.settings import Settings
from tests.template.reading import (
    STAGES,
    Json,
    allow,
    deny_plain_http,
    get,
    named,
    of_type,
    ref,
    sub,
)

DEFAULTS = Settings()
RESERVED: Json = (
    {}
    if DEFAULTS.reserved_concurrency is None
    else {"ReservedConcurrentExecutions": DEFAULTS.reserved_concurrency}
)

FUNCTIONS: Json = {
    "validator": {
        "Description": "Accepts a transaction, or says what is wrong with it",
        "Environment": {},
        "EventInvokeConfig": {
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {
                "OnSuccess": {"Type": "Lambda", "Destination": get("ProcessorFunction")},
                "OnFailure": {"Type": "Lambda", "Destination": get("NotifierFunction")},
            },
        },
        "Events": {
            "PostTransaction": {
                "Type": "Api",
                "Properties": {
                    "Path": "/transaction",
                    "Method": "post",
                    "RestApiId": ref("TransactionApi"),
                },
            }
        },
    },
    "processor": {
        "Description": "Records a transaction once and for good",
        "Environment": {
            "DYNAMODB_TABLE": ref("TransactionTable"),
            "S3_BUCKET": ref("AuditBucket"),
        },
        "EventInvokeConfig": {
            "MaximumRetryAttempts": DEFAULTS.retries,
            "DestinationConfig": {
                "OnSuccess": {"Type": "Lambda", "Destination": get("NotifierFunction")},
                "OnFailure": {"Type": "Lambda", "Destination": get("NotifierFunction")},
            },
        },
    },
    "notifier": {
        "Description": "Tells the topic what became of a transaction",
        "Environment": {"SNS_TOPIC_ARN": ref("TransactionTopic")},
        "EventInvokeConfig": {"MaximumRetryAttempts": DEFAULTS.retries},
    },
}

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
    "notifier": [allow("PublishNotifications", ["sns:Publish"], ref("TransactionTopic"))],
}


def test_there_is_a_function_a_queue_a_group_and_a_role_for_each_stage(resources: Json) -> None:
    for kind, suffix in {
        "AWS::Serverless::Function": "Function",
        "AWS::SQS::Queue": "DeadLetterQueue",
        "AWS::SQS::QueuePolicy": "DeadLetterQueuePolicy",
        "AWS::Logs::LogGroup": "LogGroup",
        "AWS::IAM::Role": "Role",
    }.items():
        expected = {f"{stage.capitalize()}{suffix}" for stage in STAGES}
        assert of_type(resources, kind).keys() - {"ApiRole"} == expected


@pytest.mark.parametrize("stage", STAGES)
def test_a_function_is_as_designed(stage: str, resources: Json) -> None:
    title = stage.capitalize()
    own = FUNCTIONS[stage]
    assert resources[f"{title}Function"] == {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "FunctionName": named(stage),
            "CodeUri": f"src/{stage}/",
            "Handler": f"{stage}.lambda_handler",
            "Runtime": "python3.13",
            "Architectures": [ref("Architecture")],
            "MemorySize": DEFAULTS.memory,
            "Timeout": DEFAULTS.timeout,
            "Role": get(f"{title}Role"),
            "Tracing": "Active",
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": ref(f"{title}LogGroup")},
            "DeadLetterQueue": {"Type": "SQS", "TargetArn": get(f"{title}DeadLetterQueue")},
            **RESERVED,
            **own,
            "Environment": {
                "Variables": own["Environment"] | {"AWS_ENDPOINT_URL": ref("AwsEndpointUrl")}
            },
        },
    }


@pytest.mark.parametrize("stage", STAGES)
def test_a_queue_keeps_dead_letters_as_long_as_set_over_tls_only(
    stage: str, resources: Json
) -> None:
    title = f"{stage.capitalize()}DeadLetterQueue"
    assert resources[title] == {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "QueueName": named(f"{stage}-dlq"),
            "MessageRetentionPeriod": DEFAULTS.dead_letter_retention * 86_400,
            "SqsManagedSseEnabled": True,
        },
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
    }
    assert resources[f"{title}Policy"]["Properties"] == {
        "Queues": [ref(title)],
        "PolicyDocument": deny_plain_http("sqs:*", get(title)),
    }


@pytest.mark.parametrize("stage", STAGES)
def test_a_log_group_keeps_logs_as_long_as_set(stage: str, resources: Json) -> None:
    assert resources[f"{stage.capitalize()}LogGroup"] == {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": named(f"/aws/lambda/{stage}"),
            "RetentionInDays": DEFAULTS.log_retention,
        },
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
    }


@pytest.mark.parametrize("stage", STAGES)
def test_a_role_allows_lambda_exactly_what_its_function_does(stage: str, resources: Json) -> None:
    title = stage.capitalize()
    assert resources[f"{title}Role"]["Properties"] == {
        "RoleName": named(f"{stage}-role"),
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": ["lambda.amazonaws.com"]},
                    "Action": ["sts:AssumeRole"],
                }
            ],
        },
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
    role = resources[f"{stage.capitalize()}Role"]["Properties"]
    found: list[Json] = role["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def allowed(resources: Json, stage: str, action: str) -> set[str]:
    """Return the resources on which a role allows the action."""
    return {
        resource["Fn::GetAtt"][0]
        for statement in statements(resources, stage)
        if action in statement["Action"]
        for resource in statement["Resource"]
    }


@pytest.mark.parametrize("stage", STAGES)
def test_a_function_may_use_what_lambda_uses_on_its_behalf(stage: str, resources: Json) -> None:
    """Match each wire of a function with its permission, without an engine."""
    function = resources[f"{stage.capitalize()}Function"]["Properties"]
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


def test_nothing_but_traces_takes_every_resource(resources: Json) -> None:
    wide = [
        action
        for stage in STAGES
        for statement in statements(resources, stage)
        if "*" in statement["Resource"]
        for action in statement["Action"]
    ]
    assert wide == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"] * 3


def test_no_role_has_a_managed_policy(resources: Json) -> None:
    for role in of_type(resources, "AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role
