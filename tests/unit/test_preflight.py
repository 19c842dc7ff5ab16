"""The checks before a deployment, with their remedies."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from cli.main import cli
from ops.fixed_names import FIXED_NAMES, UNPROTECT
from ops.plan import Plan, read_template
from ops.preflight import AccountInspector, Check, check_tools
from ops.stack import Connection
from tests.handlers.aws_environment import aws_environment
from tests.unit.plans import a_folder
from tests.unit.stacks import CONNECTION, stubbing

ARN = "arn:aws:iam::000000000000:user/operator"
FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"Runtime": "python3.13", "ReservedConcurrentExecutions": 10},
}
NOTHING = "Resources: {}\n"
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "role-dev"}}
FOUND_ROLE = {
    "Path": "/",
    "RoleName": "r",
    "RoleId": "i" * 16,
    "Arn": "a" * 20,
    "CreateDate": 0,
}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "logs-dev"}}
CLIENTS: dict[str, Any] = {}
"""The clients of all tests: to create them takes longer than the tests."""


def an_account(*resources: object, connection: Connection = CONNECTION) -> AccountInspector:
    found = {"Resources": {f"Resource{number}": one for number, one in enumerate(resources)}}
    clients = CLIENTS if connection is CONNECTION else {}
    return AccountInspector(
        Plan("pipeline-dev", "dev", "ap-southeast-1", found), connection, clients
    )


def limits(functions: Stubber, limit: int = 1_000, unreserved: int = 1_000) -> None:
    found = {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}
    functions.add_response("get_account_settings", {"AccountLimit": found})


@contextmanager
def stubbed(
    account: AccountInspector,
    status: str | None = None,
    deployed: str = NOTHING,
    concurrency: tuple[int, int] = (1_000, 1_000),
    resource_status: str = "CREATE_COMPLETE",
    own: dict[str, str] | None = None,
) -> Iterator[dict[str, Stubber]]:
    """Stub the identity, the limits and the stack; its resources are given with their types."""
    named = {FIXED_NAMES[kind].service for kind, _ in account.plan.names("")}
    services = {"sts", "cloudformation", "lambda", *named}
    with stubbing(*map(account.client, services)) as stubs:
        by_name = dict(zip(services, stubs, strict=True))
        sts, cloudformation = by_name["sts"], by_name["cloudformation"]
        sts.add_response("get_caller_identity", {"Account": "000000000000", "Arn": ARN})
        if status is None:
            cloudformation.add_client_error("describe_stacks", "ValidationError")
        else:
            stack = {"StackName": "n", "CreationTime": 0, "StackStatus": status}
            cloudformation.add_response("describe_stacks", {"Stacks": [stack]})
            cloudformation.add_response("get_template", {"TemplateBody": deployed})
            found = [
                {
                    "LogicalResourceId": "l",
                    "PhysicalResourceId": name,
                    "ResourceType": kind,
                    "LastUpdatedTimestamp": 0,
                    "ResourceStatus": resource_status,
                }
                for name, kind in (own or {}).items()
            ]
            cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": found})
        limits(by_name["lambda"], *concurrency)
        yield by_name


def test_an_account_that_has_nothing_is_ready() -> None:
    account = an_account(FUNCTION, ROLE, BUCKET)
    with stubbed(account) as services:
        services["iam"].add_client_error("get_role", "NoSuchEntity", http_status_code=404)
        services["s3"].add_client_error(
            "head_bucket",
            "404",
            http_status_code=404,
            expected_params={"Bucket": "logs-dev", "ExpectedBucketOwner": "000000000000"},
        )
        checks = list(account.checks())

    assert checks == [
        Check("credentials", f"account 000000000000, {ARN}"),
        Check("region", "ap-southeast-1"),
        Check("stack", "pipeline-dev will be new"),
        Check("data", "is deleted with the stack"),
        Check("concurrency", "of 1,000 executions, other functions reserve 0 and these 10"),
        Check("bucket", "1 free"),
        Check("role", "1 free"),
    ]
    assert all(check.ok for check in checks)


def test_a_stack_that_is_there_owns_its_names_and_its_reservations() -> None:
    account = an_account(FUNCTION, ROLE)
    own = {"role-dev": "AWS::IAM::Role", "function-dev": "AWS::Lambda::Function"}
    with stubbed(account, "UPDATE_COMPLETE", concurrency=(120, 110), own=own) as services:
        services["lambda"].add_response(
            "get_function_concurrency",
            {"ReservedConcurrentExecutions": 10},
            {"FunctionName": "function-dev"},
        )
        services["iam"].add_response("get_role", {"Role": FOUND_ROLE})
        checks = list(account.checks())[2:]

    assert checks == [
        Check("stack", "pipeline-dev will be updated (UPDATE_COMPLETE)"),
        Check("data", "is deleted with the stack"),
        Check("concurrency", "of 120 executions, other functions reserve 0 and these 10"),
        Check("role", "1 of pipeline-dev"),
    ]


ANOTHER = "use another suffix: --suffix, and EnvironmentSuffix in samconfig.toml"
HERE = "--region ap-southeast-1"
QUEUE_URL = "https://sqs.ap-southeast-1.amazonaws.com/000000000000/name-dev"
TOPIC_ARN = "arn:aws:sns:ap-southeast-1:000000000000:name-dev"
TABLE = {"TableName": "name-dev"}
DELETE_TABLE = f"aws dynamodb delete-table --table-name name-dev {HERE}"
TAKEN: list[tuple[str, dict[str, str], dict[str, Any], str]] = [
    ("AWS::DynamoDB::Table", TABLE, {"Table": TABLE}, DELETE_TABLE),
    (
        "AWS::DynamoDB::Table",
        TABLE,
        {"Table": {**TABLE, "DeletionProtectionEnabled": True}},
        f"{UNPROTECT.format(name='name-dev', region='ap-southeast-1')} && {DELETE_TABLE}",
    ),
    (
        "AWS::S3::Bucket",
        {"Bucket": "name-dev", "ExpectedBucketOwner": "000000000000"},
        {},
        f"aws s3api delete-bucket --bucket name-dev {HERE}",
    ),
    (
        "AWS::Logs::LogGroup",
        {"logGroupNamePrefix": "name-dev"},
        {"logGroups": [{"logGroupName": "name-dev"}, {"logGroupName": "name-dev-2"}]},
        f"aws logs delete-log-group --log-group-name name-dev {HERE}",
    ),
    (
        "AWS::SQS::Queue",
        {"QueueName": "name-dev"},
        {"QueueUrl": QUEUE_URL},
        f"aws sqs delete-queue --queue-url {QUEUE_URL} {HERE}",
    ),
    (
        "AWS::SNS::Topic",
        {"TopicArn": TOPIC_ARN},
        {"Attributes": {"TopicArn": TOPIC_ARN}},
        f"aws sns delete-topic --topic-arn {TOPIC_ARN} {HERE}",
    ),
    (
        "AWS::IAM::Role",
        {"RoleName": "name-dev"},
        {"Role": FOUND_ROLE},
        FIXED_NAMES["AWS::IAM::Role"].command.format(name="name-dev"),
    ),
    (
        "AWS::Lambda::Function",
        {"FunctionName": "name-dev"},
        {},
        f"aws lambda delete-function --function-name name-dev {HERE}",
    ),
    (
        "AWS::CloudWatch::Alarm",
        {"AlarmNamePrefix": "name-dev"},
        {"MetricAlarms": [{"AlarmName": "name-dev"}]},
        f"aws cloudwatch delete-alarms --alarm-names name-dev {HERE}",
    ),
    (
        "AWS::CloudWatch::Dashboard",
        {"DashboardName": "name-dev"},
        {},
        f"aws cloudwatch delete-dashboards --dashboard-names name-dev {HERE}",
    ),
]
"""Each type with its request, the response for a name that exists, and the command to free it."""
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html
# CloudWatch's code without the header for older clients is the name of the shape.
UNMODELED = {
    "AWS::CloudWatch::Dashboard": ["DashboardNotFoundError"],
    "AWS::S3::Bucket": ["404"],
    "AWS::SQS::Queue": ["AWS.SimpleQueueService.NonExistentQueue"],
}


def check_of_name(kind: str, response: Any, request: Any, own: str = "") -> Check:
    """Return the check of a plan's one name, whose look-up has this response or error code."""
    fixed = FIXED_NAMES[kind]
    account = an_account({"Type": kind, "Properties": {fixed.property: "name-dev"}})
    status = "UPDATE_COMPLETE" if own else None
    with stubbed(account, status, own={own: kind} if own else {}) as services:
        if own and fixed.service == "lambda":
            services["lambda"].add_response("get_function_concurrency", {})
        service = services[fixed.service]
        if isinstance(response, str):
            service.add_client_error(fixed.operation, response, expected_params=request)
        else:
            service.add_response(fixed.operation, response, request)
        *_, check = account.checks()
    return check


def test_every_fixed_name_can_be_taken() -> None:
    assert {kind for kind, *_ in TAKEN} == {*FIXED_NAMES}


@pytest.mark.parametrize(("kind", "request_", "response", "command"), TAKEN)
def test_a_name_that_is_taken_would_fail_and_has_a_command_that_frees_it(
    kind: str, request_: dict[str, str], response: dict[str, Any], command: str
) -> None:
    stores = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::SQS::Queue")
    keep = "to keep its data, see docs/deployment.md; " if kind in stores else ""
    assert check_of_name(kind, response, request_) == Check(
        FIXED_NAMES[kind].label,
        "name-dev exists, and does not belong to pipeline-dev",
        f"{keep}if nobody needs it: {command}; or {ANOTHER}",
    )


@pytest.mark.parametrize(("kind", "request_", "response", "command"), TAKEN)
def test_a_name_of_the_stack_is_its_own(
    kind: str, request_: dict[str, str], response: dict[str, Any], command: str
) -> None:
    identifier = {"AWS::SQS::Queue": QUEUE_URL, "AWS::SNS::Topic": TOPIC_ARN}.get(kind, "name-dev")
    check = check_of_name(kind, response, request_, own=identifier)
    assert check == Check(FIXED_NAMES[kind].label, "1 of pipeline-dev")


@pytest.mark.parametrize(("kind", "request_", "response", "command"), TAKEN)
def test_a_name_that_nothing_has_is_free(
    kind: str, request_: dict[str, str], response: dict[str, Any], command: str
) -> None:
    fixed = FIXED_NAMES[kind]
    client: Any = an_account().client(fixed.service)
    operation = client.meta.method_to_api_mapping[fixed.operation]
    model = client.meta.service_model.operation_model(operation)
    codes = {shape.error_code for shape in model.error_shapes}
    modeled = {code for code in codes if re.search("NotFound|NoSuch|DoesNotExist", code)}
    responses: list[Any] = [*modeled, *UNMODELED.get(kind, [])]
    if fixed.listed:
        others = [{key: f"{name}-2" for key, name in one.items()} for one in response[fixed.listed]]
        responses = [{fixed.listed: []}, {fixed.listed: others}]

    found = [check_of_name(kind, one, request_) for one in responses]

    assert responses
    assert found == [Check(fixed.label, "1 free")] * len(responses)


def test_a_bucket_of_another_account_would_fail() -> None:
    check = check_of_name("AWS::S3::Bucket", "403", None)
    assert check == Check("bucket", "name-dev belongs to another account", ANOTHER)


def test_a_stack_does_not_own_what_the_rollback_of_its_creation_deleted() -> None:
    account = an_account()
    own = {"name-dev": "AWS::Lambda::Function"}
    with stubbed(account, "ROLLBACK_COMPLETE", resource_status="DELETE_COMPLETE", own=own):
        checks = list(account.checks())

    assert (account.own, len(checks)) == ({}, 5)
    assert checks[2] == replace(DELETED, found="pipeline-dev is in ROLLBACK_COMPLETE")


@pytest.mark.parametrize(
    ("limit", "unreserved", "found", "fix"),
    [
        (
            1_000,
            117,
            "of 1,000 executions, other functions reserve 883 and these 20",
            "8",
        ),
        (
            10,
            10,
            "of 10 executions, other functions reserve 0 and these 20",
            "None",
        ),
    ],
)
def test_suggests_a_concurrency_that_fits(
    limit: int, unreserved: int, found: str, fix: str
) -> None:
    account = an_account(FUNCTION, FUNCTION)
    with stubbed(account, concurrency=(limit, unreserved)):
        (check,) = list(account.checks())[4:]

    assert check == Check(
        "concurrency",
        f"{found}; AWS requires 100 unreserved",
        f"ask AWS for a higher limit, or: reserved_concurrency {fix} in template/settings.py, "
        "then make template",
    )


OF = "--stack-name pipeline-dev --region ap-southeast-1"
UPDATED = Check("stack", "pipeline-dev will be updated ({status})")
NEW = Check("stack", "pipeline-dev will be new")


def not_updated(fix: str) -> Check:
    return Check("stack", "pipeline-dev is in {status}", fix)


WAITING = not_updated("wait until the operation has ended")
DELETED = not_updated(f"run this, then preflight again: sam delete {OF}")
ROLLED_BACK = not_updated(f"aws cloudformation rollback-stack {OF}")
STATUSES = {
    "CREATE_IN_PROGRESS": WAITING,
    "CREATE_FAILED": ROLLED_BACK,
    "CREATE_COMPLETE": UPDATED,
    "ROLLBACK_IN_PROGRESS": WAITING,
    "ROLLBACK_FAILED": DELETED,
    "ROLLBACK_COMPLETE": DELETED,
    "DELETE_IN_PROGRESS": WAITING,
    "DELETE_FAILED": DELETED,
    "DELETE_COMPLETE": NEW,
    "UPDATE_IN_PROGRESS": WAITING,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": WAITING,
    "UPDATE_COMPLETE": UPDATED,
    "UPDATE_FAILED": ROLLED_BACK,
    "UPDATE_ROLLBACK_IN_PROGRESS": WAITING,
    "UPDATE_ROLLBACK_FAILED": not_updated(
        "fix what describe-stack-events reports, then: "
        f"aws cloudformation continue-update-rollback {OF}"
    ),
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": WAITING,
    "UPDATE_ROLLBACK_COMPLETE": UPDATED,
    "REVIEW_IN_PROGRESS": NEW,
    "IMPORT_IN_PROGRESS": WAITING,
    "IMPORT_COMPLETE": UPDATED,
    "IMPORT_ROLLBACK_IN_PROGRESS": WAITING,
    "IMPORT_ROLLBACK_FAILED": not_updated(
        "do not delete the stack; ask AWS Support: "
        "no command of CloudFormation continues the rollback of an import"
    ),
    "IMPORT_ROLLBACK_COMPLETE": UPDATED,
}


def test_every_status_of_cloudformation_is_listed() -> None:
    model: Any = botocore.session.get_session().get_service_model("cloudformation")
    assert set(STATUSES) == set(model.shape_for("StackStatus").enum)


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_of_a_stack_has_its_remedy(status: str) -> None:
    account = an_account()
    with stubbing(*map(account.client, ("sts", "cloudformation"))) as (sts, cloudformation):
        sts.add_response("get_caller_identity", {"Account": "000000000000", "Arn": ARN})
        stack = {"StackName": "n", "CreationTime": 0, "StackStatus": status}
        cloudformation.add_response("describe_stacks", {"Stacks": [stack]})
        *_, check = islice(account.checks(), 3)

    expected = STATUSES[status]
    assert check == replace(expected, found=expected.found.format(status=status))


def test_a_denied_call_fails_its_check_and_no_other() -> None:
    account = an_account(ROLE)
    with stubbing(*map(account.client, ("sts", "cloudformation", "lambda", "iam"))) as stubs:
        sts, cloudformation, functions, iam = stubs
        sts.add_response("get_caller_identity", {"Account": "000000000000", "Arn": ARN})
        # Each check that needs the stack asks for it.
        for _ in range(3):
            cloudformation.add_client_error("describe_stacks", "AccessDenied", "not you")
        limits(functions)
        iam.add_client_error("get_role", "AccessDenied", "not you")
        checks = list(account.checks())[2:]

    assert [check.name for check in checks] == ["stack", "data", "concurrency", "role"]
    assert [check.fix for check in checks] == [
        "run preflight with credentials that allow this call",
    ] * 4
    assert checks[3].found.endswith("when calling the GetRole operation: not you")


def test_a_different_default_region_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with aws_environment():
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        account = an_account(connection=Connection())
        with stubbed(account):
            check = list(account.checks())[1]

    assert check == Check(
        "region",
        "the plan deploys to ap-southeast-1, but your default region is eu-west-1",
        "export AWS_DEFAULT_REGION=ap-southeast-1, so that the other commands use the same region",
    )


@pytest.fixture
def _no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(a_folder(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.mark.usefixtures("_no_credentials")
def test_uses_the_profile_that_sam_would_use() -> None:
    with Path("samconfig.toml").open("a") as file:
        file.write("profile = 'work'\n")

    result = CliRunner().invoke(cli, ["preflight"])

    assert (result.exit_code, result.output) == (
        2,
        "Error: The config profile (work) could not be found\n",
    )


@pytest.mark.usefixtures("_no_credentials")
def test_without_credentials_it_cannot_be_run() -> None:
    result = CliRunner().invoke(cli, ["preflight"])

    assert result.exit_code == 2
    assert result.output == (
        "Error: Unable to locate credentials; run aws configure, or set AWS_PROFILE\n"
    )


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (
            ["--config-env", "nothing"],
            "Error: samconfig.toml: no environment nothing; known environments: default",
        ),
        (["--local", "none.json"], "Error: There is no none.json; start one with"),
    ],
)
@pytest.mark.usefixtures("_no_credentials")
def test_without_a_plan_it_cannot_be_run(arguments: list[str], beginning: str) -> None:
    result = CliRunner().invoke(cli, ["preflight", *arguments])

    assert result.exit_code == 2
    assert result.output.startswith(beginning)


def a_program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("sam", "python", "expected"),
    [
        (
            "echo SAM CLI, version 1.170.0",
            "echo Python 3.13.9",
            [
                Check("sam", "SAM CLI, version 1.170.0"),
                Check("python", "python3.13 is Python 3.13.9"),
            ],
        ),
        (
            "echo SAM CLI, version 1.99.0",
            "exit 127",
            [
                Check("sam", "SAM CLI, version 1.99.0", "install 1.170 or later: make setup"),
                Check(
                    "python",
                    "python3.13 cannot be run, and `sam build` needs it for the functions",
                    "install python3.13 and put it on the PATH",
                ),
            ],
        ),
        (
            None,
            "echo Python 3.13.9",
            [
                Check("sam", "the SAM CLI cannot be run", "install 1.170 or later: make setup"),
                Check("python", "python3.13 is Python 3.13.9"),
            ],
        ),
    ],
)
def test_says_which_tools_are_missing_or_too_old(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sam: str | None,
    python: str,
    expected: list[Check],
) -> None:
    if sam:
        a_program(tmp_path, "sam", sam)
    a_program(tmp_path, "python3.13", python)
    monkeypatch.setenv("PATH", str(tmp_path))

    plan = Plan("pipeline-dev", "dev", "ap-southeast-1", {"Resources": {"Function": FUNCTION}})

    assert list(check_tools(plan)) == expected


PROTECTED = """
Parameters: {RetainData: {Type: String, Default: "false"}}
Conditions: {Retains: !Equals [!Ref RetainData, "true"]}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: !If [Retains, RetainExceptOnCreate, Delete]
"""
LOST = "pipeline-dev retains Table; the deployment would not"
OLDER = """
Resources: {Table: {Type: AWS::DynamoDB::Table, DeletionPolicy: Retain}}
"""


@pytest.mark.parametrize(
    ("deployed", "given", "found", "ok"),
    [
        (OLDER, {}, LOST, False),
        (OLDER, {"RetainData": "false"}, LOST, False),
        (OLDER, {"RetainData": "true"}, "outlives the stack", True),
        (NOTHING, {"RetainData": "true"}, "outlives the stack", True),
        (NOTHING, {}, "is deleted with the stack", True),
    ],
)
def test_a_deployment_that_no_longer_retains_data_would_fail(
    deployed: str, given: dict[str, str], found: str, *, ok: bool
) -> None:
    plan = Plan("pipeline-dev", "dev", "ap-southeast-1", read_template(PROTECTED), given)
    account = AccountInspector(plan, CONNECTION)
    with stubbed(account, "UPDATE_COMPLETE", deployed):
        (check,) = (check for check in account.checks() if check.name == "data")

    assert (check.found, check.ok) == (found, ok)
