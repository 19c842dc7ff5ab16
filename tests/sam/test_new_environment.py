"""A new environment, created and deployed with one command."""

import shutil
import subprocess
from pathlib import Path

import boto3
import pytest

from local.lifecycle import Engine
from template.outputs import StackOutputs
from tests.delivery.making import make

ROOT = Path(__file__).parents[2]
SECONDS = 240


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment or None,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def test_is_deployed_on_request(
    engine: Engine, workspace: Path, clean_environment: dict[str, str], aws: dict[str, str]
) -> None:
    command = ["pipeline", "new-environment", "asked", "--deploy"]
    config = ["--config-file", str(workspace / "samconfig.toml")]
    made = run(*command, *config, **clean_environment, **aws)
    assert made.returncode == 0, made.stdout + made.stderr

    client = boto3.client("cloudformation", **engine.connection)
    (stack,) = client.describe_stacks(StackName="transaction-pipeline-asked")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert StackOutputs.read(stack["Outputs"]).table_name == "transactions-asked"


def test_reports_a_failure_of_sam(clean_environment: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    shutil.copy(ROOT / "samconfig.toml", config)  # without the template beside it
    command = ["pipeline", "new-environment", "dev", "--deploy"]
    made = run(*command, "--config-file", str(config), **clean_environment)
    assert made.returncode == 2
    assert "Error: sam build --config-env default exited with 1: see its output" in made.stderr


@pytest.mark.parametrize("suffix", ["", "Not-One", "-a"])
def test_make_rejects_an_invalid_suffix(suffix: str) -> None:
    made = make("new-environment", f"SUFFIX={suffix}")
    assert made.returncode == 2
    assert f"Invalid value for 'SUFFIX': {suffix!r} must be 1 to 20 of a-z" in made.stderr
