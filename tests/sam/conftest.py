"""A copy of the project to run sam in, and Docker if available."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from local.lifecycle import Engine
from tests.untraced import environment

ROOT = Path(__file__).parents[2]
IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
SECONDS = 240

type Sam = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("src", "events"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """Return the environment without AWS variables, with the project's commands first."""
    inherited = {
        name: value for name, value in environment().items() if not name.startswith("AWS_")
    }
    return {
        **inherited,
        "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]]),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
    }


@pytest.fixture(scope="session")
def aws(engine: Engine) -> dict[str, str]:
    """Return the variables that point sam at the engine."""
    connection = engine.connection
    return {
        "AWS_ENDPOINT_URL": connection["endpoint_url"],
        "AWS_ACCESS_KEY_ID": connection["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": connection["aws_secret_access_key"],
        "SAM_CLI_POLL_DELAY": "1",
    }


@pytest.fixture(scope="session")
def sam(workspace: Path, clean_environment: dict[str, str]) -> Sam:
    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sam", *arguments],
            cwd=workspace,
            env={**clean_environment, **more},
            input="y\n",  # prod prompts before it deploys
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def docker() -> None:
    """Skip unless a Docker engine responds and has the runtime's image."""
    if shutil.which("docker") is None:
        pytest.skip("no docker command")
    for command, reason in (
        (["docker", "info"], "no Docker engine responds"),
        (["docker", "image", "inspect", IMAGE], f"the image {IMAGE} is not here"),
    ):
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip(reason)
