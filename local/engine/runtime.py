"""The function's side of an execution environment: AWS's runtime client over a pipe.

It runs as a script in the functions' own interpreter, so it does not import this project.
"""

import contextlib
import functools
import importlib
import os
import queue
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller, to_json

STATUS = Path("/proc/self/status")
POLL_SECONDS = 0.05


class PipeClient:
    """The client for `bootstrap.run`, in place of awslambdaric's LambdaRuntimeClient."""

    marshaller = LambdaMarshaller()

    def __init__(
        self, pipe: "Connection[Any, Any]", before_event: Callable[[], object] = int
    ) -> None:
        self._pipe = pipe
        self._before_event = before_event
        self._events: queue.SimpleQueue[tuple[str, str, str, int, bytes]] = queue.SimpleQueue()
        self._ready = False

    def listen(self) -> None:
        """Queue the engine's events; kill the process group once the engine is gone."""
        try:
            while True:
                self._events.put(self._pipe.recv())
        except (EOFError, OSError):
            os.killpg(0, signal.SIGKILL)

    def wait_next_invocation(self) -> SimpleNamespace:
        """Return the next event, with the fields of awslambdaric's InvocationRequest."""
        if not self._ready:
            self._ready = True
            self._send("ready", "")
        request_id, function_arn, trace_id, deadline_ms, payload = self._events.get()
        self._before_event()
        return SimpleNamespace(
            invoke_id=request_id,
            x_amzn_trace_id=trace_id,
            invoked_function_arn=function_arn,
            deadline_time_in_ms=deadline_ms,
            client_context=None,
            cognito_identity=None,
            tenant_id=None,
            content_type="application/json",
            event_body=payload,
            invocation_id=None,
        )

    def post_invocation_result(
        self, _invoke_id: str, result: str | bytes, _content_type: str, _invocation_id: None
    ) -> None:
        """Send the handler's result."""
        self._send("result", result)

    def post_invocation_error(
        self, _invoke_id: str, error: str, _xray_fault: str, _invocation_id: None
    ) -> None:
        """Send the handler's error."""
        self._send("error", error)

    def post_init_error(self, error: dict[str, Any]) -> None:
        """Send the error of the init phase."""
        self._send("error", to_json(error))

    def _send(self, kind: str, payload: str | bytes) -> None:
        body = payload if isinstance(payload, bytes) else payload.encode()
        self._pipe.send((kind, body, peak_memory_mb()))


def peak_memory_mb() -> int:
    """Return the peak memory of this process."""
    if STATUS.exists():  # on Linux, ru_maxrss includes the engine's memory at the fork
        lines = STATUS.read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)


def debugger_at(packages: str, port: str) -> Callable[[], object]:
    """Listen for a debugger; return a function that waits until one has attached."""
    sys.path.append(packages)
    debugpy = importlib.import_module("debugpy")
    debugpy.configure(subProcess=False)
    # The adapter of the process before listens until its editor leaves.
    wait_until_free(int(port))
    debugpy.listen(("127.0.0.1", int(port)))
    wait: Callable[[], object] = debugpy.wait_for_client
    return functools.cache(wait)


def wait_until_free(port: int) -> None:
    """Wait until no process listens on a port, as long as that takes."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return
        time.sleep(POLL_SECONDS)


def main(handler: str, task_root: str, pipe: str, *debugger: str) -> None:
    """Serve events until the engine is gone; `debugger` is its folder and port."""
    os.set_inheritable(int(pipe), False)  # the handler's children must not hold it
    sys.dont_write_bytecode = True  # the code can be the folder of its source
    waiting = [debugger_at(*debugger)] if debugger else []
    client = PipeClient(Connection(int(pipe)), *waiting)
    threading.Thread(target=client.listen, daemon=True).start()
    sys.path.insert(0, task_root)
    bootstrap.run(handler, client)


if __name__ == "__main__":
    main(*sys.argv[1:])
