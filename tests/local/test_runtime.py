"""The function's side of an execution environment, in a measured process."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from local.engine.sandbox import RUNTIME
from local.launch import FUNCTIONS_PYTHON

CODE = """
import os, sys

def handle(event, context):
    if event == "raise":
        raise ValueError("no")
    if event == "exit":
        sys.exit(5)
    arn = context.invoked_function_arn
    return [event, context.aws_request_id, arn, os.environ["_X_AMZN_TRACE_ID"]]
"""


PACKAGES = next(FUNCTIONS_PYTHON.parents[1].glob("lib/python*/site-packages"))


class Child:
    """The runtime in the test's interpreter, with the functions' packages."""

    def __init__(self, folder: Path, code: str) -> None:
        (folder / "app.py").write_text(code)
        self.pipe, theirs = Pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-P", RUNTIME, "app.handle", folder, str(theirs.fileno())],
            env={**os.environ, "PYTHONPATH": str(PACKAGES)},
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()

    def receive(self) -> tuple[str, bytes]:
        assert self.pipe.poll(20)
        kind, payload, memory_mb = self.pipe.recv()
        assert 5 < memory_mb < 500
        return kind, payload

    def send(self, payload: bytes) -> None:
        self.pipe.send(("request-1", "arn:function", "Root=1", 2_000_000_000_000, payload))


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(PACKAGES)
    return importlib.import_module("local.engine.runtime")


@pytest.fixture
def child(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Child]:
    running = Child(tmp_path, getattr(request, "param", CODE))
    yield running
    running.pipe.close()
    running.process.wait(20)


def test_events_are_handled_in_order_until_the_process_ends(child: Child) -> None:
    assert child.receive() == ("ready", b"")

    child.send(b'"hello"')
    assert child.receive() == ("result", b'["hello", "request-1", "arn:function", "Root=1"]')
    child.send(b'"raise"')
    kind, error = child.receive()
    assert kind == "error"
    assert b'"errorMessage": "no", "errorType": "ValueError", "requestId": "request-1"' in error
    child.send(b'"exit"')

    assert child.process.wait(20) == 5


@pytest.mark.parametrize("child", ["import absent"], indirect=True)
def test_a_failed_init_is_reported(child: Child) -> None:
    kind, error = child.receive()

    assert (kind, b"Runtime.ImportModuleError" in error) == ("error", True)
    assert child.process.wait(20) == 1


def test_the_process_ends_with_the_other_end_of_its_pipe(child: Child) -> None:
    assert child.receive() == ("ready", b"")

    child.pipe.close()

    assert child.process.wait(20) == -9


def test_memory_is_measured_without_proc_too(
    runtime: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_proc = runtime.peak_memory_mb()
    monkeypatch.setattr(runtime, "STATUS", tmp_path / "absent")
    monkeypatch.setattr(runtime.resource, "getrusage", lambda _: SimpleNamespace(ru_maxrss=9 << 20))

    assert with_proc > 0
    assert runtime.peak_memory_mb() == 9
