"""GitHub's role, deployed as documented, allows `sam deploy` in its environment only."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner

from cli.main import cli
from local.lifecycle import Engine
from tests.sam.conftest import Sam

SUFFIX = "delivered"
ROLE = f"transaction-pipeline-deploy-{SUFFIX}"


@pytest.fixture(scope="module")
def policy(
    engine: Engine, sam: Sam, aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Deploy the role and return its policy."""
    file = tmp_path_factory.mktemp("role") / "deploy-role.yaml"
    CliRunner().invoke(cli, ["deploy-role", "--output", str(file)], catch_exceptions=False)
    result = sam(
        "deploy",
        *("--template-file", str(file), "--stack-name", ROLE, "--resolve-s3"),
        *("--region", "ap-southeast-1"),
        *("--capabilities", "CAPABILITY_NAMED_IAM", "--parameter-overrides"),
        *("Repository=owner/name", f"EnvironmentSuffix={SUFFIX}"),
        **aws,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    iam = boto3.client("iam", **engine.connection)
    return json.dumps(iam.get_role_policy(RoleName=ROLE, PolicyName="deploy")["PolicyDocument"])


@pytest.fixture(scope="module")
def deployer(engine: Engine, aws: dict[str, str], policy: str) -> Iterator[dict[str, str]]:
    """Yield credentials of a user with the role's permissions, in place of GitHub's token."""
    iam = boto3.client("iam", **engine.connection)
    iam.create_user(UserName="deployer")
    iam.put_user_policy(UserName="deployer", PolicyName="deploy", PolicyDocument=policy)
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    yield {
        **aws,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    iam.delete_access_key(UserName="deployer", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="deployer", PolicyName="deploy")
    iam.delete_user(UserName="deployer")


def test_deploys_and_checks_only_its_environment(
    engine: Engine,
    sam: Sam,
    deployer: dict[str, str],
    workspace: Path,
    clean_environment: dict[str, str],
) -> None:
    config = ["--config-file", str(workspace / "samconfig.toml")]
    added = CliRunner().invoke(cli, ["new-environment", SUFFIX, "--like", "prod", *config])
    assert added.exit_code == 0, added.output

    own, others = (
        [sam(step, "--config-env", name, **deployer) for step in ("build", "deploy")]
        for name in (SUFFIX, "staging")
    )

    assert [result.returncode for result in own] == [0, 0], own[-1].stdout + own[-1].stderr
    client = boto3.client("cloudformation", **engine.connection)
    (stack,) = client.describe_stacks(StackName=f"transaction-pipeline-{SUFFIX}")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    checked = subprocess.run(
        ["pipeline", "preflight", "--config-env", SUFFIX],
        cwd=workspace,
        env={**clean_environment, **deployer, "AWS_DEFAULT_REGION": "ap-southeast-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    assert [result.returncode for result in others] == [0, 1]
    assert "user/deployer is not authorized to perform: cloudformation:" in others[-1].stderr
    assert "stack/transaction-pipeline-staging/" in others[-1].stderr
