"""Every patched symbol exists in this engine; a missing one stops the engine with an error."""

import os
import subprocess
from pathlib import Path

import boto3
import pytest

from local import lifecycle
from local.launch import ENGINE_PYTHON, ROOT, EngineError
from local.lifecycle import Engine


def in_the_engines_environment(code: str) -> subprocess.CompletedProcess[str]:
    index = {"FILESYSTEM_ROOT": str(ENGINE_PYTHON.parents[1]), "OVERRIDE_IN_DOCKER": "0"}
    return subprocess.run(
        [ENGINE_PYTHON, "-c", code],
        env={**os.environ, **index},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_every_patched_symbol_exists() -> None:
    result = in_the_engines_environment(
        "from local.engine.plugin import PATCHES\n"
        "targets = [patch.resolve() and patch.target for patch in PATCHES]\n"
        "print(len(targets), len(set(targets)))"
    )

    assert result.returncode == 0, result.stderr
    found, different = map(int, result.stdout.split())
    assert found == different > 0


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("localemu.absent:name", "No module named 'localemu.absent'"),
        ("localemu.config:Absent.name", "module 'localemu.config' has no attribute 'Absent'"),
        ("localemu.config:absent", "module 'localemu.config' has no attribute 'absent'"),
    ],
)
def test_a_missing_symbol_stops_the_engine_with_an_error(target: str, reason: str) -> None:
    result = in_the_engines_environment(
        "from local.engine import patching, speed\n"
        f"patching.Patch({target!r}, speed.cached_parser).apply()"
    )

    assert result.returncode == 1
    assert result.stderr.strip() == (
        f"This engine has no {target}, which local.engine.speed patches; fix the patch: {reason}"
    )


def test_an_engine_that_stops_during_startup_reports_its_output(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('no engine today')")
    home = tmp_path / "home"
    (home / "tmp/of-an-engine-that-died").mkdir(parents=True)
    Engine(home, 2**22 + 1, 0.0, 1, iam=False).save()

    with pytest.raises(EngineError, match=r"The engine stopped during startup: .*no engine today"):
        lifecycle.start(home, settings={"PYTHONPATH": str(tmp_path)})

    assert not (home / "engine.json").exists()
    assert not (home / "tmp").exists()


def test_calls_are_not_recorded(engine: Engine) -> None:
    """A recorded call would start a thread of a minute."""
    boto3.client("iam", **engine.connection).list_users()

    trail = boto3.client("cloudtrail", **engine.connection)
    assert trail.lookup_events()["Events"] == []


def test_an_updated_function_writes_its_queued_log_lines() -> None:
    result = in_the_engines_environment(
        "import queue, threading\n"
        "from types import SimpleNamespace\n"
        "from local.engine.lambda_patches import write_last_logs\n"
        "waiting = queue.Queue()\n"
        "waiting.put('a line')\n"
        "threading.Timer(0.3, waiting.get).start()\n"
        "handler = SimpleNamespace(log_queue=waiting)\n"
        "write_last_logs(lambda handler: print(handler.log_queue.empty()), handler)"
    )

    assert (result.stdout, result.stderr) == ("True\n", "")


def test_an_updated_function_finishes_its_invocations() -> None:
    result = in_the_engines_environment(
        "import threading\n"
        "from types import SimpleNamespace as Some\n"
        "from local.engine.lambda_patches import RuntimeStatus, finish_invocations\n"
        "busy = Some(status=RuntimeStatus.INVOKING)\n"
        "threading.Timer(0.3, setattr, (busy, 'status', RuntimeStatus.READY)).start()\n"
        "manager = Some(\n"
        "    id=1,\n"
        "    shutdown_event=threading.Event(),\n"
        "    function_version=Some(config=Some(timeout=30)),\n"
        "    assignment_service=Some(environments={1: {'a': busy}}),\n"
        ")\n"
        "ready = lambda manager: print(busy.status == RuntimeStatus.READY)\n"
        "finish_invocations(ready, manager)"
    )

    assert (result.stdout, result.stderr) == ("True\n", "")


def test_assumed_roles_are_renewed_before_they_expire() -> None:
    """The engine caches the gateway's role forever, but its credentials expire after an hour."""
    result = in_the_engines_environment(
        "import functools, itertools\n"
        "from local.engine import speed\n"
        "numbers = itertools.count(1)\n"
        "cached = functools.lru_cache(lambda *, role: f'{role} {next(numbers)}')\n"
        "assume = functools.partial(speed.renewed, cached)\n"
        "speed.ROLE_SESSION_SECONDS = 10**6\n"
        "print(assume(role='a'), assume(role='a'), assume(role='b'))\n"
        "speed.ROLE_SESSION_SECONDS = 1e-6\n"
        "print(assume(role='a'))"
    )

    assert (result.stdout, result.stderr) == ("a 1 a 1 b 2\na 3\n", "")
