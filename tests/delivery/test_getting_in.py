"""How a newcomer starts: with a copy by sam init, in a container, in an editor."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.delivery.making import SECONDS
from tests.template.reading import ROOT

CONTAINER = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
EDITOR = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (ROOT / ".vscode").glob("*.json")
}


def targets() -> set[str]:
    """Return the targets that `make help` lists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def run(
    *command: str | Path, at: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=at,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with the files of this one, as they are now."""
    folder = tmp_path_factory.mktemp("repository")
    variables = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_DIR": str(folder / ".git")}
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (
        ["init", "--quiet"],
        ["--work-tree", str(ROOT), "add", "--all"],
        [*author, "commit", "--quiet", "--message", "Everything"],
    ):
        result = run("git", *arguments, at=ROOT, variables=variables)
        assert result.returncode == 0, result.stderr
    return folder


def test_sam_init_copies_the_repository_without_a_prompt(repository: Path, tmp_path: Path) -> None:
    # Where sam keeps the clone of an earlier copy, it would ask whether to replace it.
    (tmp_path / ".cookiecutters" / repository.name).mkdir(parents=True)
    own = {"HOME": str(tmp_path), "SAM_CLI_TELEMETRY": "0"}
    location = f"git+file://{repository}"
    init = ["sam", "init", "--no-input", "--name", "mine", "--location", location]

    made = run(*init, at=tmp_path, variables=own)
    assert made.returncode == 0, made.stderr
    copy = tmp_path / "mine"
    files = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
    tracked = run("git", "ls-tree", "-r", "--name-only", "HEAD", at=repository, variables={})
    path = {"PYTHONPATH": os.pathsep.join([str(copy), str(copy / "src")])}
    checked = run(sys.executable, "build_template.py", "--check", at=copy, variables=path)

    assert files == set(tracked.stdout.splitlines())
    assert os.access(copy / ".ci/run", os.X_OK)
    assert (checked.returncode, checked.stdout) == (0, "template.yaml is up to date\n")


def test_the_container_has_our_python_and_passes_nothing_of_the_host() -> None:
    python = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    assert CONTAINER["image"].startswith(f"mcr.microsoft.com/devcontainers/python:{python}-")
    assert CONTAINER["postCreateCommand"] == "make setup"
    # Neither mounts, runArgs and forwardPorts, nor a variable but the PATH.
    assert CONTAINER.keys() == {"name", "image", "postCreateCommand", "remoteEnv"}
    assert CONTAINER["remoteEnv"].keys() == {"PATH"}


def test_each_task_of_the_editor_makes_targets_that_exist() -> None:
    tasks = EDITOR["tasks"]["tasks"]
    assert {"lint", "run", "test", "unit"} <= {task["label"] for task in tasks}
    assert [task["label"] for task in tasks] == [" ".join(task["args"]) for task in tasks]
    assert {task["command"] for task in tasks} == {"make"}
    assert {target for task in tasks for target in task["args"]} <= targets()


def test_the_editor_runs_and_formats_as_make_does() -> None:
    settings = EDITOR["settings"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f" {' '.join(settings['python.testing.pytestArgs'])}\n" in makefile
    assert settings["python.defaultInterpreterPath"] == "${workspaceFolder}/.venv/bin/python"
    formatter = settings["[python]"]["editor.defaultFormatter"]
    assert {formatter, "ms-python.python"} <= set(EDITOR["extensions"]["recommendations"])
    generated = settings["files.readonlyInclude"]
    assert [name for name in generated if not list(ROOT.glob(name))] == []
