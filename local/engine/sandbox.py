"""One execution environment: a process that handles one event at a time, replaced when dead.

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
from typing import Literal

RUNTIME = Path(__file__).with_name("runtime.py")

INIT_LIMIT_SECONDS = 10.0
"""What the init phase may take before it counts as the invocation's time."""


@dataclass(frozen=True)
class SandboxEvent:
    """One invocation as the runtime client hands it to the handler."""

    request_id: str
    function_arn: str
    trace_id: str
    payload: bytes


@dataclass(frozen=True)
class SandboxResult:
    """What came of one event; an `exit` carries the status of the process as subprocess has it."""

    kind: Literal["ready", "result", "error", "timeout", "exit"]
    payload: bytes = b""
    exit_status: int = 0
    output: str = ""
    seconds: float = 0.0
    init_seconds: float | None = None
    memory_mb: int = 0


class Sandbox:
    """A process group with its own temporary folder, begun anew for the event after its death."""

    def __init__(self, python: Path, code: Path, environment: Mapping[str, str]) -> None:
        """Begin the init phase without waiting for its end."""
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        # Ours to set: a process has no /tmp of its own, and without a HOME boto3 would find the
        # configuration of whoever runs the engine.
        private = {"TMPDIR": str(self._folder), "HOME": str(self._folder)}
        self._environment = {**private, **environment}
        # -P: the runtime client's folder is not the function's to import from.
        self._command = [str(python), "-P", str(RUNTIME), environment["_HANDLER"], str(code)]
        self._code = code
        self._busy = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._pipe, theirs = Pipe()
        # A file and no pipe: what a dying process wrote is all there, and nothing can block on it.
        self._output = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 # closed with the process
        self._begun = time.monotonic()
        self._process = subprocess.Popen(  # the function's own code, as on AWS
            [*self._command, str(theirs.fileno())],
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
        # macOS refuses the signal when only a zombie is left in the group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """Kill the process group, whatever it is doing, and delete its folder."""
        self._kill()
        with self._busy:
            self._end()
            shutil.rmtree(self._folder, ignore_errors=True)

    def invoke(self, event: SandboxEvent, timeout_seconds: float) -> SandboxResult:
        """Have the event handled by a living process, within the function's timeout."""
        with self._busy:
            if self._process.poll() is not None:
                self._end()
                self._begin()
            begun = time.monotonic()
            try:
                answer = self._receive(begun + INIT_LIMIT_SECONDS) if not self._ready else None
                if answer is None or answer.kind != "error":
                    begun = time.monotonic()
                    answer = self._handle(event, begun, timeout_seconds)
                if not self._ready:  # its init failed; the next event begins anew
                    self._exit_status()
            except (EOFError, OSError):
                answer = SandboxResult("exit", exit_status=self._exit_status())
            return self._report(answer, begun)

    def _handle(self, event: SandboxEvent, begun: float, timeout_seconds: float) -> SandboxResult:
        deadline_ms = int((time.time() + timeout_seconds) * 1000)
        self._pipe.send(
            (event.request_id, event.function_arn, event.trace_id, deadline_ms, event.payload)
        )
        answer = self._receive(begun + timeout_seconds)
        if answer.kind == "ready":
            answer = self._receive(begun + timeout_seconds)
        if answer.kind == "timeout":
            self._kill()
            self._process.wait()
        return answer

    def _receive(self, deadline: float) -> SandboxResult:
        if not self._pipe.poll(max(0.0, deadline - time.monotonic())):
            return SandboxResult("timeout")
        kind, payload, self._memory_mb = self._pipe.recv()
        if kind == "ready":
            self._ready = True
            self._init_seconds = time.monotonic() - self._begun
        return SandboxResult(kind, payload)

    def _exit_status(self) -> int:
        self._kill()  # its children too; a process that is exiting keeps its own status
        return self._process.wait()

    def _report(self, answer: SandboxResult, begun: float) -> SandboxResult:
        seconds = time.monotonic() - begun
        self._output.seek(self._offset)
        written = self._output.read()
        self._offset += len(written)
        init_seconds, self._init_seconds = self._init_seconds, None
        return replace(
            answer,
            output=written.decode(errors="replace"),
            seconds=seconds,
            init_seconds=init_seconds,
            memory_mb=self._memory_mb,
        )
