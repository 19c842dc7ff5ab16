"""The template as a whole: its resources, parameters and outputs."""

import subprocess
import sys
from collections import Counter
from dataclasses import fields

import pytest

from template.outputs import NoStages, StackOutputs, StageOutputs
from tests.template.reading import ROOT, Json, get, ref, sub

STAGE_URL = "https://${TransactionApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"


def test_it_has_only_the_designed_resources(resources: Json) -> None:
    assert Counter(resource["Type"] for resource in resources.values()) == {
        "AWS::ApiGateway::ApiKey": 1,
        "AWS::ApiGateway::UsagePlan": 1,
        "AWS::ApiGateway::UsagePlanKey": 1,
        "AWS::CloudWatch::Alarm": 22,
        "AWS::CloudWatch::Dashboard": 1,
        "AWS::DynamoDB::Table": 1,
        "AWS::IAM::Role": 4,
        "AWS::Logs::LogGroup": 3,
        "AWS::Logs::MetricFilter": 1,
        "AWS::S3::Bucket": 1,
        "AWS::S3::BucketPolicy": 1,
        "AWS::SNS::Subscription": 2,
        "AWS::SNS::Topic": 2,
        "AWS::SQS::Queue": 3,
        "AWS::SQS::QueuePolicy": 3,
        "AWS::Serverless::Api": 1,
        "AWS::Serverless::Function": 3,
    }


def test_its_head_is_sams(template: Json) -> None:
    head = {key: template[key] for key in ("AWSTemplateFormatVersion", "Transform", "Description")}
    assert head == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
        "Description": "Transaction pipeline: API Gateway, Lambda, DynamoDB, S3, SNS",
    }


def test_its_parameters_have_defaults_that_deploy_a_development_environment(
    template: Json,
) -> None:
    rules = {
        name: {key: value for key, value in parameter.items() if not key.endswith("Description")}
        for name, parameter in template["Parameters"].items()
    }
    assert rules == {
        "EnvironmentSuffix": {
            "Type": "String",
            "Default": "dev",
            "AllowedPattern": "^[a-z0-9][a-z0-9-]{0,19}$",
        },
        "AlertEmail": {
            "Type": "String",
            "Default": "",
            "AllowedPattern": r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$",
        },
        "Architecture": {
            "Type": "String",
            "Default": "arm64",
            "AllowedValues": ["arm64", "x86_64"],
        },
        "RetainData": {"Type": "String", "Default": "false", "AllowedValues": ["true", "false"]},
        "AwsEndpointUrl": {"Type": "String", "Default": ""},
    }


def test_its_outputs_are_as_designed(template: Json) -> None:
    values = {name: output["Value"] for name, output in template["Outputs"].items()}
    assert values == {
        "ApiUrl": sub(STAGE_URL),
        "ApiEndpoint": sub(f"{STAGE_URL}/transaction"),
        "ApiId": ref("TransactionApi"),
        "ApiKeyId": ref("TransactionApiKey"),
        "UsagePlanId": ref("TransactionUsagePlan"),
        "TableName": ref("TransactionTable"),
        "BucketName": ref("AuditBucket"),
        "TopicArn": ref("TransactionTopic"),
        "OperationsTopicArn": ref("OperationsTopic"),
        "DashboardName": ref("Dashboard"),
        "Stages": "validator,processor,notifier",
        "ValidatorFunctionName": ref("ValidatorFunction"),
        "ValidatorQueueName": get("ValidatorDeadLetterQueue", "QueueName"),
        "ProcessorFunctionName": ref("ProcessorFunction"),
        "ProcessorQueueName": get("ProcessorDeadLetterQueue", "QueueName"),
        "NotifierFunctionName": ref("NotifierFunction"),
        "NotifierQueueName": get("NotifierDeadLetterQueue", "QueueName"),
    }
    assert all(output["Description"] for output in template["Outputs"].values())


STAGES = [
    StageOutputs("fraud-check", "fraud-check-dev", "fraud-check-dlq-dev"),
    StageOutputs("notifier", "notifier-dev", "notifier-dlq-dev"),
]


def some_outputs() -> StackOutputs[str]:
    plain = [item.name for item in fields(StackOutputs) if item.name != "stages"]
    return StackOutputs(**{name: f"the {name}" for name in plain}, stages=STAGES)


def described(outputs: StackOutputs[str]) -> list[dict[str, str]]:
    """Return the outputs as in DescribeStacks."""
    return [{"OutputKey": key, "OutputValue": value} for key, value in outputs.flat().items()]


def test_outputs_are_read_as_they_were_written() -> None:
    assert StackOutputs.read(described(some_outputs())) == some_outputs()


def test_each_stage_has_outputs_of_its_own_with_descriptions() -> None:
    outputs = some_outputs()
    flat = outputs.flat()
    assert flat.keys() == outputs.descriptions().keys()
    assert {name: flat[name] for name in flat if name.startswith(("Stages", "Fraud"))} == {
        "Stages": "fraud-check,notifier",
        "FraudCheckFunctionName": "fraud-check-dev",
        "FraudCheckQueueName": "fraud-check-dlq-dev",
    }


def test_an_unknown_output_is_ignored() -> None:
    other = {"OutputKey": "Other", "OutputValue": "other"}
    assert StackOutputs.read([*described(some_outputs()), other]) == some_outputs()


def read_without(*names: str) -> None:
    listed = [item for item in described(some_outputs()) if item["OutputKey"] not in names]
    StackOutputs.read(listed)


@pytest.mark.parametrize("name", ["ApiUrl", "FraudCheckFunctionName", "NotifierQueueName"])
def test_names_an_output_that_is_missing(name: str) -> None:
    with pytest.raises(KeyError, match=rf"^'{name}'$"):
        read_without(name)


def test_an_older_stack_is_distinguished_from_a_foreign_one() -> None:
    with pytest.raises(NoStages):
        read_without("Stages")
    with pytest.raises(KeyError, match=r"^'ApiUrl'$"):
        read_without("Stages", "ApiUrl")


def test_outputs_are_read_without_troposphere() -> None:
    """Commands read the outputs, and troposphere is slow to import."""
    code = "import sys, template.outputs; print('troposphere' in sys.modules)"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert result.stdout == "False\n"
