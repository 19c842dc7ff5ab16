"""An execution environment: a process that handles one event at a time and is replaced when dead.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from local.sources import revision

RUNTIME = Path(__file__).with_name("runtime.py")

POLL_SECONDS = 0.25
INIT_LIMIT_SECONDS = 10.0
"""Limit of the init phase; the rest counts as the invocation's time."""


@dataclass(frozen=True)
class SandboxEvent:
    """One invocation as passed to the handler."""

    request_id: str
    function_arn: str
    trace_id: str
    payload: bytes


@dataclass(frozen=True)
class SandboxResult:
    """The result of one event; `exit_status` is as in subprocess."""

    kind: Literal["ready", "result", "error", "timeout", "exit"]
    payload: bytes = b""
    exit_status: int = 0
    output: str = ""
    seconds: float = 0.0
    init_seconds: float | None = None
    memory_mb: int = 0


class OnStart(Protocol):
    """What is called when an event starts, with the seconds of an init phase that succeeded."""

    def __call__(self, init_seconds: float | None, *, cold: bool) -> None:
        """Take note of the start."""
        ...


class Debugger(NamedTuple):
    """The folder that contains debugpy, and the port on which the process listens with it."""

    packages: str
    port: int


class Sandbox:
    """A process group with its own temporary folder.

    It is restarted for the event after its death, and for the event after a change of its code.
    """

    def __init__(
        self,
        python: Path,
        code: Path,
        environment: Mapping[str, str],
        *,
        reloads: bool = False,
        debugger: Debugger | None = None,
    ) -> None:
        """Start the init phase without waiting for its end."""
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        # A process has no /tmp of its own, and without HOME, boto3 would read the configuration of
        # the user who runs the engine.
        private = {"TMPDIR": str(self._folder), "HOME": str(self._folder)}
        self._environment = {**private, **environment}
        # debugpy stops in none of the modules that are frozen into the interpreter.
        frozen = ["-X", "frozen_modules=off"] if debugger else []
        # -P: the function must not import from the runtime client's folder.
        self._command = [str(python), *frozen, "-P", str(RUNTIME), environment["_HANDLER"]]
        self._debugger = [str(part) for part in debugger or ()]
        self._code = code
        self._watched = [code] if reloads else []
        self._busy = threading.Lock()
        self._start()

    def _start(self) -> None:
        self._revision = revision(*self._watched)
        self._pipe, theirs = Pipe()
        # A file, not a pipe: it keeps all output of a dying process, and writing never blocks.
        self._output = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 # closed in _end
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [*self._command, str(self._code), str(theirs.fileno()), *self._debugger],
            cwd=self._code,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self._offset = 0
        self._memory_mb = 0
        self._init_seconds: float | None = None
        self._ready = False

    def _end(self) -> None:
        self._kill()
        self._process.wait()
        self._pipe.close()
        self._output.close()

    def _kill(self) -> None:
        # macOS denies the signal if only a zombie is left in the group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """Kill the process group and delete its folder."""
        self._kill()
        with self._busy:
            self._end()
            shutil.rmtree(self._folder, ignore_errors=True)

    def invoke(
        self, event: SandboxEvent, timeout_seconds: float, on_start: OnStart
    ) -> SandboxResult:
        """Run the event in a live process, within the function's timeout."""
        with self._busy:
            self._renew()
            started = time.monotonic()
            try:
                result = self._await_init(started + INIT_LIMIT_SECONDS, on_start)
                if result is None or result.kind != "error":
                    started = time.monotonic()
                    result = self._handle(event, started, timeout_seconds)
                if not self._ready:  # the init phase failed; the next event starts over
                    self._exit_status()
            except (EOFError, OSError):
                result = SandboxResult("exit", exit_status=self._exit_status())
            return self._report(result, started)

    def _await_init(self, deadline: float, on_start: OnStart) -> SandboxResult | None:
        cold = not self._ready
        try:
            return self._receive(deadline) if cold else None
        finally:
            on_start(self._init_seconds, cold=cold)

    def follow_code(self, stopping: threading.Event) -> None:
        """Renew an idle process as soon as its code changes, for its debugger to attach again."""
        while not stopping.wait(POLL_SECONDS):
            if self._busy.acquire(blocking=False):
                try:
                    self._renew()
                finally:
                    self._busy.release()

    def _renew(self) -> None:
        """Start another process if this one died, or runs outdated code."""
        if self._process.poll() is not None or self._revision != revision(*self._watched):
            self._end()
            self._start()

    def _handle(self, event: SandboxEvent, started: float, timeout_seconds: float) -> SandboxResult:
        deadline_ms = int((time.time() + timeout_seconds) * 1000)
        self._pipe.send(
            (event.request_id, event.function_arn, event.trace_id, deadline_ms, event.payload)
        )
        result = self._receive(started + timeout_seconds)
        if result.kind == "ready":
            result = self._receive(started + timeout_seconds)
        if result.kind == "timeout":
            self._kill()
            self._process.wait()
        return result

    def _receive(self, deadline: float) -> SandboxResult:
        if not self._pipe.poll(max(0.0, deadline - time.monotonic())):
            return SandboxResult("timeout")
        kind, payload, self._memory_mb = self._pipe.recv()
        if kind == "ready":
            self._ready = True
            self._init_seconds = time.monotonic() - self._started
        return SandboxResult(kind, payload)

    def _exit_status(self) -> int:
        self._kill()  # with its children; an exiting process keeps its status
        return self._process.wait()

    def _report(self, result: SandboxResult, started: float) -> SandboxResult:
        seconds = time.monotonic() - started
        self._output.seek(self._offset)
        written = self._output.read()
        self._offset += len(written)
        init_seconds, self._init_seconds = self._init_seconds, None
        return replace(
            result,
            output=written.decode(errors="replace"),
            seconds=seconds,
            init_seconds=init_seconds,
            memory_mb=self._memory_mb,
        )
