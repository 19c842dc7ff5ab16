"""A copy of the tree with the changes of docs/contributing.md applied, on the local AWS."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from local import deployment
from local.launch import ROOT
from local.lifecycle import Engine
from ops.stack import Stack

GUIDE = ROOT / "docs/contributing.md"
SECONDS = 120


@dataclass(frozen=True)
class Copy:
    """A copy of the tree, and the stack that it deployed."""

    folder: Path
    stack: Stack

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the copy, not of the tree that is installed."""
        path = os.pathsep.join([str(self.folder), str(self.folder / "src")])
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    def ops(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of an operator against the copy's stack."""
        return self.pipeline(*arguments, "--local", str(self.folder / "stack.json"))

    def pipeline(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the copy."""
        return self.run("-c", "from cli.main import cli; cli()", *arguments)

    def read(self, name: str) -> str:
        """Read a file of the copy."""
        return (self.folder / name).read_text(encoding="utf-8")


def diffs() -> dict[str, str]:
    """Read the diffs of the guide, by the heading above each."""
    text = GUIDE.read_text(encoding="utf-8")
    return dict(re.findall(r"^### (.+?)$.*?^```diff\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="session")
def copy(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Apply both diffs to a copy of the tree, write what is generated, deploy the copy."""
    folder = tmp_path_factory.mktemp("own")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for diff in diffs().values():
        subprocess.run(["git", "apply", "-"], cwd=folder, input=diff, text=True, check=True)
    unbuilt = Copy(folder, Stack.__new__(Stack))
    documents = [path.relative_to(folder) for path in folder.glob("docs/*.md")]
    cog = ["-m", "cogapp", "-r", "-P", "-p", "from template.documents import block"]
    for command in (
        ["build_template.py"],
        ["build_template.py", "--diagram"],
        [*cog, "README.md", *documents],
    ):
        built = unbuilt.run(*command)
        assert built.returncode == 0, built.stderr
    stack = deployment.deploy(engine, "own", folder / "template.yaml")
    stack.save(folder / "stack.json")
    return Copy(folder, stack)
