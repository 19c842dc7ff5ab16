"""`sam build && sam deploy` need only samconfig.toml."""

from collections.abc import Callable
from subprocess import CompletedProcess

import boto3
import pytest

from local.lifecycle import Engine
from template.outputs import StackOutputs

type Sam = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ("dev", []),
        ("prod", ["--config-env", "prod"]),
    ],
)
def test_deploys_without_a_flag_of_its_own(
    engine: Engine, sam: Sam, aws: dict[str, str], environment: str, chosen: list[str]
) -> None:
    for command in ("build", "deploy"):
        result = sam(command, *chosen, **aws)
        assert result.returncode == 0, result.stdout + result.stderr

    cloudformation = boto3.client("cloudformation", **engine.connection)
    name = f"transaction-pipeline-{environment}"
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    outputs = StackOutputs.read(stack["Outputs"])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert outputs.table_name == f"transactions-{environment}"
    assert outputs.bucket_name == f"audit-logs-{environment}-000000000000-ap-southeast-1"
