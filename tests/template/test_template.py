"""The template as a whole: its parameters, its outputs, and nothing that was not designed."""

from collections import Counter
from dataclasses import asdict, fields

import pytest
from troposphere import Template

from template.outputs import StackOutputs
from tests.template.reading import Json, get, ref, sub

STAGE_URL = "https://${TransactionApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"


def test_it_holds_no_other_resource(resources: Json) -> None:
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
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "Transaction pipeline: API Gateway, three Lambdas, DynamoDB, S3, SNS",
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
        "ValidatorFunctionName": ref("ValidatorFunction"),
        "ProcessorFunctionName": ref("ProcessorFunction"),
        "NotifierFunctionName": ref("NotifierFunction"),
        "ValidatorQueueName": get("ValidatorDeadLetterQueue", "QueueName"),
        "ProcessorQueueName": get("ProcessorDeadLetterQueue", "QueueName"),
        "NotifierQueueName": get("NotifierDeadLetterQueue", "QueueName"),
        "DashboardName": ref("Dashboard"),
    }


def some_outputs() -> StackOutputs[str]:
    return StackOutputs(**{item.name: f"the {item.name}" for item in fields(StackOutputs)})


def described(outputs: StackOutputs[str]) -> list[dict[str, str]]:
    """Write the outputs into a template and list them as DescribeStacks does."""
    template = Template()
    outputs.add_to(template)
    return [
        {"OutputKey": key, "OutputValue": output["Value"], "Description": output["Description"]}
        for key, output in template.to_dict()["Outputs"].items()
    ]


def test_outputs_are_read_as_they_were_written() -> None:
    outputs = some_outputs()
    assert asdict(StackOutputs.read(described(outputs))) == asdict(outputs)


def test_an_output_that_nobody_knows_is_left_alone() -> None:
    other = {"OutputKey": "Other", "OutputValue": "other"}
    assert StackOutputs.read([*described(some_outputs()), other]) == some_outputs()


def test_names_an_output_that_is_missing() -> None:
    with pytest.raises(KeyError, match=r"^'ApiUrl'$"):
        StackOutputs.read(described(some_outputs())[1:])
