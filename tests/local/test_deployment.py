"""Deployments: equal sources are built once, and failures have a reason."""

import shutil
from pathlib import Path

import boto3
import pytest

from local import deployment
from local.deployment import DeploymentError
from local.launch import ROOT
from local.lifecycle import Engine
from ops.stack import Stack
from tests.polling import eventually

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\n"
PARAMETER = "Parameters: {EnvironmentSuffix: {Type: String}}\n"


@pytest.fixture
def write(tmp_path: Path) -> Path:
    return tmp_path / "template.yaml"


def test_the_stack_has_a_location(engine: Engine, stack: Stack, tmp_path: Path) -> None:
    gateway = boto3.client("apigateway", **engine.connection)
    key = gateway.get_api_key(apiKey=stack.outputs.api_key_id, includeValue=True)
    address = f"{engine.endpoint_url}/_aws/execute-api/{stack.outputs.api_id}/prod/transaction"

    stack.save(tmp_path / "stack.json")

    assert Stack.local(tmp_path / "stack.json") == stack
    assert (stack.name, stack.pid) == ("transactions-test", engine.pid)
    assert (stack.api_endpoint, stack.api_key) == (address, key["value"])
    assert stack.connection == engine.connection


def test_deploys_any_template(engine: Engine, write: Path) -> None:
    write.write_text(f"{HEAD}{PARAMETER}Resources: {{Topic: {{Type: AWS::SNS::Topic}}}}\n")

    assert deployment.deploy_template(engine, "topic", write) == []


def test_the_reason_of_a_failed_deployment_is_its_events(engine: Engine, write: Path) -> None:
    table = (
        "  Table:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
        "      KeySchema: [{AttributeName: id, KeyType: HASH}]\n"
        "      BillingMode: PAY_PER_REQUEST\n      AttributeDefinitions: []\n"
    )
    write.write_text(f"{HEAD}{PARAMETER}Resources:\n{table}")

    with pytest.raises(
        DeploymentError, match=r"^transactions-bad was not deployed: Table: .+"
    ) as e:
        deployment.deploy_template(engine, "bad", write)

    assert "\n" not in str(e.value)


LACKING = "Parameters: {EnvironmentSuffix: {Type: String}, Other: {Type: String}}\n"


@pytest.mark.parametrize(
    ("suffix", "parameters", "resource", "reason"),
    [
        ("a", PARAMETER, "{Type: AWS::SNS::Topic, DependsOn: B}", r"^transactions-a was .*\bB\b"),
        ("b", LACKING, "{Type: AWS::SNS::Topic}", "^transactions-b was not deployed: .*Other"),
        (
            "c",
            PARAMETER,
            "{Type: AWS::GameLift::Fleet, Properties: {Name: none}}",
            "^The engine only pretended to create AWS::GameLift::Fleet; ",
        ),
    ],
)
def test_a_deployment_that_cannot_be_is_an_error(
    engine: Engine, write: Path, suffix: str, parameters: str, resource: str, reason: str
) -> None:
    write.write_text(f"{HEAD}{parameters}Resources:\n  A: {resource}\n")

    with pytest.raises(DeploymentError, match=reason):
        deployment.deploy_template(engine, suffix, write)


def test_a_failed_build_reports_sams_error(write: Path) -> None:
    write.write_text(
        f"{HEAD}Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: ., Handler: a.b, Runtime: python1.0}\n"
    )

    with pytest.raises(DeploymentError, match=r"^\S+template.yaml was not built: .*python1.0"):
        deployment.build(write)

    assert [item for item in deployment.BUILDS.iterdir() if item.name.startswith("tmp")] == []


def test_equal_sources_are_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "src"
    shutil.copytree(ROOT / "src", sources)
    monkeypatch.setattr(deployment, "BUILDS", tmp_path / "builds")
    template = tmp_path / "template.yaml"
    shutil.copy(ROOT / "template.yaml", template)

    first = deployment.build(template)
    built_at = first.stat().st_mtime_ns
    same = deployment.build(template)
    (sources / "validator/__pycache__").mkdir(exist_ok=True)
    (sources / "validator/__pycache__/validator.pyc").write_text("compiled")
    compiled = deployment.build(template)
    (sources / "validator/validator.py").write_text("def lambda_handler(event, context): ...")
    other = deployment.build(template)

    assert same == compiled == first
    assert first.stat().st_mtime_ns == built_at
    assert other != first
    built = {path.read_text() for path in other.parent.rglob("validator/validator.py")}
    assert built == {"def lambda_handler(event, context): ..."}


def test_settings_that_the_engine_ignores_are_applied(engine: Engine, stack: Stack) -> None:
    dynamodb = boto3.client("dynamodb", **engine.connection)
    s3 = boto3.client("s3", **engine.connection)
    logs = boto3.client("logs", **engine.connection)
    bucket = stack.outputs.bucket_name

    backups = dynamodb.describe_continuous_backups(TableName=stack.outputs.table_name)
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/validator-test")

    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    assert groups["logGroups"][0]["retentionInDays"] == 7
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    assert encryption == {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    }
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["Transitions"] == [{"Days": 90, "StorageClass": "GLACIER"}]
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}


def test_the_dashboard_and_the_counts_of_outcomes_are_there(engine: Engine, stack: Stack) -> None:
    cloudwatch = boto3.client("cloudwatch", **engine.connection)
    logs = boto3.client("logs", **engine.connection)

    dashboard = cloudwatch.get_dashboard(DashboardName=stack.outputs.dashboard_name)
    (counted,) = logs.describe_metric_filters(
        logGroupName=f"/aws/lambda/{stack.stages[-1].function_name}"
    )["metricFilters"]

    assert "${" not in dashboard["DashboardBody"]
    assert counted["metricTransformations"] == [
        {
            "metricName": "Transactions",
            "metricNamespace": "TransactionPipeline/test",
            "metricValue": "1",
            "unit": "Count",
            "dimensions": {"Status": "$.status"},
        }
    ]


def test_a_dashboard_a_metric_filter_and_a_sampling_rule_are_deleted_with_their_stack(
    engine: Engine, write: Path
) -> None:
    write.write_text(
        f"""{HEAD}{PARAMETER}
Resources:
  Group: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: counted}}}}
  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Properties: {{DashboardName: passing, DashboardBody: '{{"widgets": []}}'}}
  Rule:
    Type: AWS::XRay::SamplingRule
    Properties: {{SamplingRule: {{RuleName: passing, FixedRate: 0.05}}}}
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterName: passing
      LogGroupName: !Ref Group
      FilterPattern: ERROR
      MetricTransformations: [{{MetricName: Errors, MetricNamespace: Own, MetricValue: "1"}}]
"""
    )
    cloudformation = boto3.client("cloudformation", **engine.connection)
    cloudwatch = boto3.client("cloudwatch", **engine.connection)
    logs = boto3.client("logs", **engine.connection)

    def there() -> tuple[int, int]:
        dashboards = cloudwatch.list_dashboards(DashboardNamePrefix="passing")["DashboardEntries"]
        filters = logs.describe_metric_filters(filterNamePrefix="passing")["metricFilters"]
        return len(dashboards), len(filters)

    deployment.deploy_template(engine, "passing", write)
    assert there() == (1, 1)

    cloudformation.delete_stack(StackName="transactions-passing")

    eventually(lambda: there() == (0, 0))


def test_numbers_are_returned_as_by_dynamodb(engine: Engine) -> None:
    dynamodb = boto3.client("dynamodb", **engine.connection)
    dynamodb.create_table(
        TableName="numbers",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    written = ["100.50", "100", "0.0001", "007", "1E2", "0.10", "99999999999999999999999999999.10"]
    values = [f"n{number}" for number in range(len(written))]
    item = {name: {"N": text} for name, text in zip(values, written, strict=True)}
    key = {"id": {"N": "1.0"}}
    dynamodb.put_item(TableName="numbers", Item={**key, **item, "text": {"S": "1.0"}})

    read = dynamodb.get_item(TableName="numbers", Key=key)["Item"]
    (scanned,) = dynamodb.scan(TableName="numbers")["Items"]

    trimmed = ["100.5", "100", "0.0001", "7", "100", "0.1", "99999999999999999999999999999.1"]
    assert read == scanned
    assert [read[name]["N"] for name in values] == trimmed
    assert (read["id"], read["text"]) == ({"N": "1"}, {"S": "1.0"})


def test_resources_without_those_settings_are_created_too(engine: Engine, write: Path) -> None:
    s3 = boto3.client("s3", **engine.connection)
    bucket = "snippets"
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"}
    )
    s3.put_object(Bucket=bucket, Key="topic.yaml", Body=b"DisplayName: included")
    write.write_text(
        f"""{HEAD}{PARAMETER}
Resources:
  Bucket: {{Type: AWS::S3::Bucket}}
  Group: {{Type: AWS::Logs::LogGroup}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      BillingMode: PAY_PER_REQUEST
      DeletionProtectionEnabled: true
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      TableName: protected
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: s3://{bucket}/topic.yaml}}}}
      TopicName: included
"""
    )

    deployment.deploy_template(engine, "bare", write)

    topic = "arn:aws:sns:ap-southeast-1:000000000000:included"
    sns = boto3.client("sns", **engine.connection)
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "included"
    table = boto3.client("dynamodb", **engine.connection).describe_table(TableName="protected")
    assert table["Table"]["DeletionProtectionEnabled"] is True


def test_an_event_invoke_config_can_change(engine: Engine, role: str) -> None:
    client = boto3.client("cloudformation", **engine.connection)
    body = """
Parameters: {Retries: {Type: Number}}
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: "def handle(event, context): ..."}
      Handler: index.handle
      ReservedConcurrentExecutions: 2
      Role: ROLE
      Runtime: python3.13
  Config:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Function
      MaximumRetryAttempts: !Ref Retries
      Qualifier: $LATEST
Outputs: {Name: {Value: !Ref Function}}
""".replace("ROLE", role)

    def settled() -> str | None:
        stack = client.describe_stacks(StackName="changing")["Stacks"][0]
        return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack["StackStatus"]

    for call, retries in ((client.create_stack, "2"), (client.update_stack, "1")):
        call(
            StackName="changing",
            TemplateBody=body,
            Parameters=[{"ParameterKey": "Retries", "ParameterValue": retries}],
        )
        assert eventually(settled) == f"{call.__name__.removesuffix('_stack').upper()}_COMPLETE"

    name = client.describe_stacks(StackName="changing")["Stacks"][0]["Outputs"][0]["OutputValue"]
    functions = boto3.client("lambda", **engine.connection)
    config = functions.get_function_event_invoke_config(FunctionName=name)
    assert config["MaximumRetryAttempts"] == 1
    reserved = functions.get_function_concurrency(FunctionName=name)
    assert reserved["ReservedConcurrentExecutions"] == 2
