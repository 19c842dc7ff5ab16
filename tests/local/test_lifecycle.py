"""One engine per folder, found and stopped by process ID."""

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from local import launch, lifecycle
from local.launch import EngineError
from local.lifecycle import Engine
from tests.local.conftest import create
from tests.polling import eventually


@pytest.fixture
def a_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[psutil.Process]:
    """Yield a process, in place of an engine, with a child that ignores SIGTERM."""
    monkeypatch.setattr(lifecycle, "STOP_SECONDS", 0.5)
    script = "trap '' TERM; sleep 600 & wait"
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", script], os.environ, setsid=True)
    process = psutil.Process(pid)
    eventually(process.children)
    yield process
    assert not process.is_running()


def engine_of(process: psutil.Process, home: Path) -> Engine:
    engine = Engine(home, process.pid, process.create_time(), 1, iam=False)
    engine.save()
    return engine


def test_a_running_engine_is_found_where_it_was_started(engine: Engine) -> None:
    found = Engine.load(engine.home)

    assert found == engine
    assert psutil.Process(engine.pid).cmdline()[1:] == ["-m", "localemu.runtime.main"]


def test_an_engine_uses_the_index_that_the_setup_built(engine: Engine) -> None:
    built = [path.name for path in launch.CATALOG.iterdir()]

    assert [path.name for path in engine.home.rglob("service-catalog-*")] == built


def test_a_second_engine_in_a_folder_is_rejected_and_the_first_unharmed(engine: Engine) -> None:
    with pytest.raises(EngineError) as raised:
        lifecycle.start(engine.home)

    assert str(raised.value) == (
        f"An engine is already running at {engine.endpoint_url} (process {engine.pid}); "
        "stop it with: pipeline down"
    )
    assert engine.process() is not None


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ({"also_at": "172.17.0.1"}, ", without --docker"),
        ({"iam": True}, ", without --iam"),
        ({"iam": True, "also_at": "172.17.0.1"}, ", without --iam and --docker"),
        ({"also_at": "172.17.0.2"}, ""),
        ({}, ""),
    ],
)
def test_what_a_running_engine_lacks_is_named(
    a_process: psutil.Process, tmp_path: Path, asked: dict[str, Any], missing: str
) -> None:
    also_at = None if missing else "172.17.0.2"
    engine = replace(engine_of(a_process, tmp_path), also_at=also_at)
    engine.save()

    with pytest.raises(EngineError) as raised:
        lifecycle.start(tmp_path, **asked)

    assert str(raised.value) == (
        f"An engine is already running at http://127.0.0.1:1 (process {engine.pid}{missing}); "
        "stop it with: pipeline down"
    )
    lifecycle.stop(engine)


def test_a_home_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()

    with pytest.raises(EngineError) as raised:
        launch.environment(file / "home", ["127.0.0.1:1"], iam=False)

    assert str(raised.value) == f"{file}/home/config cannot be created: Not a directory"


@pytest.mark.parametrize(
    "name",
    [
        *("HTTP_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY"),
        *("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_MAX_ATTEMPTS", "SAM_CLI_POLL_DELAY"),
        *("PIP_USER", "PYTHONPATH", "SERVICES", "IAM_ENFORCEMENT", "PERSISTENCE", "DEBUG"),
    ],
)
def test_nothing_of_the_users_configuration_reaches_the_engine(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name, raising=False)
    clean = launch.environment(tmp_path, ["127.0.0.1:1"], iam=False)
    monkeypatch.setenv(name, "1")

    variables = launch.environment(tmp_path, ["127.0.0.1:1"], iam=False)

    assert name not in variables
    assert variables == clean
    assert variables["PATH"] == os.environ["PATH"]


def test_a_taken_port_is_an_error(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(EngineError) as raised:
        lifecycle.start(tmp_path / "other", engine.port)

    assert (
        str(raised.value)
        == f"Port {engine.port} cannot be used: Address already in use; choose another with --port"
    )
    assert not (tmp_path / "other").exists()


def test_a_free_port_is_used() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]

    assert launch.free_port(free) == free


def test_a_missing_environment_has_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "FUNCTIONS_PYTHON", tmp_path / ".venv-functions/bin/python")

    with pytest.raises(EngineError) as raised:
        lifecycle.start(tmp_path / "home")

    assert str(raised.value) == ".venv-functions is missing; create it with: make setup"


def test_an_engine_that_does_not_serve_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time; print('asleep'); time.sleep(600)")
    monkeypatch.setattr(lifecycle, "START_SECONDS", 0.5)
    before = psutil.Process().children()

    with pytest.raises(EngineError, match=r"^The engine did not respond within 0 s: "):
        lifecycle.start(tmp_path / "home", settings={"PYTHONPATH": str(tmp_path)})

    assert not (tmp_path / "home/engine.json").exists()
    assert psutil.Process().children() == before


def test_an_engine_that_ignores_sigterm_is_killed_with_its_children(
    a_process: psutil.Process, tmp_path: Path
) -> None:
    family = [a_process, *a_process.children(recursive=True)]
    (tmp_path / "tmp/left").mkdir(parents=True)
    for name in ("stack.json", "env.json"):
        (tmp_path / name).touch()

    lifecycle.stop(engine_of(a_process, tmp_path))

    assert eventually(lambda: not any(member.is_running() for member in family))
    assert list(tmp_path.iterdir()) == []


def test_a_later_process_with_the_same_id_is_not_the_engine(
    a_process: psutil.Process, tmp_path: Path
) -> None:
    engine = Engine(tmp_path, a_process.pid, a_process.create_time() - 1, 1, iam=False)

    assert engine.process() is None
    lifecycle.stop(engine)
    assert a_process.is_running()

    lifecycle.stop(engine_of(a_process, tmp_path))


def test_a_stopped_engine_is_not_waited_for(tmp_path: Path) -> None:
    ended = Engine(tmp_path, 2**22 + 1, 0.0, 1, iam=False)

    ended.wait()

    assert ended.process() is None


def test_functions_end_with_an_engine_that_was_killed(tmp_path: Path) -> None:
    started = lifecycle.start(tmp_path)
    process = started.process()
    assert process is not None
    role = "arn:aws:iam::000000000000:role/any"
    code = "import os\ndef handle(event, context): return os.getpid()"
    function = create(started, role, "orphan", code).invoke().payload

    process.kill()
    process.wait()

    assert eventually(lambda: not psutil.pid_exists(function))
    assert started.process() is None
    lifecycle.stop(started)
    assert Engine.load(tmp_path) is None
