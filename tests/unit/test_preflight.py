"""The checks before a deployment, with their remedies."""

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


def an_account(*resources: object, connection: Connection = CONNECTION) -> AccountInspector:
    found = {"Resources": {f"Resource{number}": one for number, one in enumerate(resources)}}
    return AccountInspector(Plan("pipeline-dev", "dev", "ap-southeast-1", found), connection)


def limits(functions: Stubber, limit: int = 1_000, unreserved: int = 1_000) -> None:
    found = {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}
    functions.add_response("get_account_settings", {"AccountLimit": found})


@contextmanager
def stubbed(
    account: AccountInspector,
    status: str | None = None,
    deployed: str = NOTHING,
    concurrency: tuple[int, int] = (1_000, 1_000),
    **own: str,
) -> Iterator[list[Stubber]]:
    """Stub the identity, the limits and the stack; its resources are given as name=type."""
    services = ("sts", "cloudformation", "lambda", "iam", "s3")
    with stubbing(*map(account.client, services)) as stubs:
        sts, cloudformation = stubs[:2]
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
                    "ResourceStatus": "CREATE_COMPLETE",
                }
                for name, kind in own.items()
            ]
            cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": found})
        limits(stubs[2], *concurrency)
        yield stubs[2:]


def test_an_account_that_has_nothing_is_ready() -> None:
    account = an_account(FUNCTION, ROLE, BUCKET)
    with stubbed(account) as (_, iam, s3):
        iam.add_client_error("get_role", "NoSuchEntity", http_status_code=404)
        s3.add_client_error(
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
        Check("role", "role-dev is free"),
        Check("bucket", "logs-dev is free"),
    ]
    assert all(check.ok for check in checks)


def test_a_stack_that_is_there_owns_its_names_and_its_reservations() -> None:
    account = an_account(FUNCTION, ROLE)
    own = {"role-dev": "AWS::IAM::Role", "function-dev": "AWS::Lambda::Function"}
    with stubbed(account, "UPDATE_COMPLETE", concurrency=(120, 110), **own) as stubs:
        functions, iam, _ = stubs
        functions.add_response(
            "get_function_concurrency",
            {"ReservedConcurrentExecutions": 10},
            {"FunctionName": "function-dev"},
        )
        iam.add_response("get_role", {"Role": FOUND_ROLE})
        checks = list(account.checks())[2:]

    assert checks == [
        Check("stack", "pipeline-dev will be updated (UPDATE_COMPLETE)"),
        Check("data", "is deleted with the stack"),
        Check("concurrency", "of 120 executions, other functions reserve 0 and these 10"),
        Check("role", "role-dev belongs to pipeline-dev"),
    ]


def test_names_that_are_taken_would_fail() -> None:
    account = an_account(ROLE, BUCKET)
    with stubbed(account, concurrency=(10, 10)) as (_, iam, s3):
        iam.add_response("get_role", {"Role": FOUND_ROLE})
        s3.add_client_error("head_bucket", "403", http_status_code=403)
        concurrency, *names = list(account.checks())[4:]

    another = "use another suffix: --suffix, and EnvironmentSuffix in samconfig.toml"
    assert concurrency == Check(
        "concurrency", "of 10 executions, other functions reserve 0 and these 0"
    )
    assert names == [
        Check(
            "role",
            "role-dev exists, and does not belong to pipeline-dev",
            f"delete it if it is left over from an earlier stack, or {another}",
        ),
        Check("bucket", "logs-dev belongs to another account", another),
    ]


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
DELETED = not_updated(f"sam delete {OF}")
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
