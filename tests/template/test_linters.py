"""The linters that AWS gives us print nothing, informational rules included."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template.reading import ROOT


def run(tool: str, *arguments: str, home: Path) -> tuple[int, str]:
    """Run a tool of this environment from the root; return its exit status and all it said."""
    program = Path(sys.executable).with_name(tool)
    environment = {
        "PATH": f"{program.parent}{os.pathsep}{os.defpath}",
        "HOME": str(home),
        "AWS_DEFAULT_REGION": "ap-southeast-1",
        "SAM_CLI_TELEMETRY": "0",
    }
    finished = subprocess.run(
        [str(program), *arguments],
        check=False,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return finished.returncode, finished.stdout


def test_cfn_lint_prints_nothing(tmp_path: Path) -> None:
    templates = ["template.yaml", "template.prod.yaml"]
    assert run("cfn-lint", "-c", "I", "--", *templates, home=tmp_path) == (0, "")


@pytest.mark.parametrize("name", ["template.yaml", "template.prod.yaml"])
def test_sam_validate_finds_nothing(name: str, tmp_path: Path) -> None:
    valid = f"{ROOT / name} is a valid SAM Template\n"
    assert run("sam", "validate", "--lint", "--template", name, home=tmp_path) == (0, valid)
