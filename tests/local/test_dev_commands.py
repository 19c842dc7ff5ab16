"""`pipeline dev` and `pipeline snapshot` where no engine starts."""

import errno
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from local import deployment, dev, snapshots, state
from local.launch import ROOT
from local.state import Saved, Versions
from tests.unit.stacks import a_stack

TAKEN = os.strerror(errno.EADDRINUSE)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def port() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def save_a_state(home: Path, versions: Versions) -> Path:
    folder = state.folder_of(home)
    Saved(versions, a_stack()).write(folder)
    (folder / state.MANIFEST).write_text("{}")
    return folder


def test_a_stage_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    result = run("dev", "--debug", "validator,procesor", "--home", tmp_path / "home")

    assert result.exit_code == 2
    assert result.output.endswith(
        "Error: Invalid value for --debug: 'procesor' is not a stage; "
        "the template has validator, processor, notifier\n"
    )
    assert not (tmp_path / "home").exists()


def test_a_taken_port_is_named_with_the_remedy(tmp_path: Path, port: int) -> None:
    result = run("dev", "--fresh", "--port", str(port), "--home", tmp_path)

    assert (result.exit_code, result.output) == (
        2,
        f"Error: Port {port} cannot be used: {TAKEN}; choose another with --port\n",
    )


def test_a_taken_port_of_a_debugger_is_named_with_the_remedy(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "DEBUGGER_PORT", port)

    result = run("dev", "--debug", "validator", "--home", tmp_path, "--port", str(free()))

    assert (result.exit_code, result.output) == (
        2,
        f"Error: Port {port} cannot be used: {TAKEN}; stop the program that listens there\n",
    )


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
        return number


def test_a_missing_debugger_is_named_with_the_command_that_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "DEBUGGER", tmp_path / ".venv-debug")

    result = run("dev", "--debug", "validator", "--home", tmp_path, "--port", str(free()))

    assert (result.exit_code, result.output) == (
        2,
        "Error: .venv-debug is missing; create it with: make .venv-debug/ready\n",
    )


def test_the_editor_attaches_to_the_port_of_each_stage_and_to_all() -> None:
    launch = json.loads((ROOT / ".vscode/launch.json").read_text())
    stages = [one["name"] for one in launch["configurations"]]

    assert dev.debugger_ports(ROOT, stages) == {
        one["name"]: one["connect"]["port"] for one in launch["configurations"]
    }
    assert [one["configurations"] for one in launch["compounds"]] == [stages]
    with pytest.raises(dev.InvalidStage, match=f"the template has {', '.join(stages)}$"):
        dev.debugger_ports(ROOT, ["absent"])


def test_a_snapshot_is_saved_listed_and_restored_without_an_engine(tmp_path: Path) -> None:
    folder = save_a_state(tmp_path, Versions.current(deployment.TEMPLATE))
    (folder / "data").write_text("before")

    saved = run("snapshot", "save", "one", "--home", tmp_path)
    again = run("snapshot", "save", "one", "--home", tmp_path, "--json")
    (folder / "data").write_text("after")
    listed = run("snapshot", "list", "--home", tmp_path)
    as_json = json.loads(run("snapshot", "list", "--home", tmp_path, "--json").output)
    restored = run("snapshot", "restore", "one", "--home", tmp_path)

    path = tmp_path / "snapshots/one.tar.gz"
    assert (saved.exit_code, saved.output) == (0, f"Saved {path} (0.0 MB)\n")
    assert (again.exit_code, again.output) == (
        2,
        f"Error: The snapshot one exists; choose another name, or delete {path}\n",
    )
    assert " one " in listed.output
    assert [(one["name"], one["bytes"]) for one in as_json] == [("one", path.stat().st_size)]
    assert (restored.exit_code, restored.output) == (0, "Restored one\n")
    assert (folder / "data").read_text() == "before"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["restore", "absent"], "There is no snapshot absent; saved are: none"),
        (["save", "one"], "There is no state in {home}; start `pipeline dev` first"),
        (
            ["save", "../one"],
            f"Invalid value for 'NAME': '../one' must be {snapshots.NAME_RULE}",
        ),
    ],
)
def test_a_snapshot_that_cannot_be_is_refused(
    tmp_path: Path, arguments: list[str], error: str
) -> None:
    result = run("snapshot", *arguments, "--home", tmp_path)

    assert result.exit_code == 2
    assert result.output.endswith(f"Error: {error.format(home=tmp_path)}\n")


def test_a_snapshot_of_another_version_is_refused_and_the_state_kept(tmp_path: Path) -> None:
    current = Versions.current(deployment.TEMPLATE)
    folder = save_a_state(tmp_path, replace(current, engine="0.9.0"))
    snapshots.save(tmp_path, "old")
    (folder / "data").write_text("now")

    result = run("snapshot", "restore", "old", "--home", tmp_path)

    assert result.exit_code == 2
    assert result.output == (
        f"Error: The snapshot old belongs to another engine (0.9.0, now {current.engine}); "
        "check out the commit that it was saved with\n"
    )
    assert (folder / "data").read_text() == "now"


def test_a_state_of_another_engine_is_refused_and_kept(tmp_path: Path) -> None:
    current = Versions.current(deployment.TEMPLATE)
    folder = save_a_state(tmp_path, replace(current, engine="0.9.0"))

    result = run("dev", "--home", tmp_path, "--port", str(free()))

    assert result.exit_code == 2
    assert result.output.endswith(
        f"Error: The state in {tmp_path} belongs to another engine (0.9.0, now {current.engine}); "
        "discard it with: pipeline dev --fresh\n"
    )
    assert folder.exists()
