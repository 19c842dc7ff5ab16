"""The function's side of an execution environment: AWS's runtime client, over a pipe.

Runs as a script under the functions' own interpreter, so it imports nothing of this project.
"""

import os
import queue
import resource
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller, to_json

STATUS = Path("/proc/self/status")


class PipeClient:
    """What `bootstrap.run` calls, instead of awslambdaric's LambdaRuntimeClient."""

    marshaller = LambdaMarshaller()

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe
        self._events: queue.SimpleQueue[tuple[str, str, str, int, bytes]] = queue.SimpleQueue()
        self._ready = False

    def listen(self) -> None:
        """Queue the engine's events; when the engine is gone, end the process and its children."""
        try:
            while True:
                self._events.put(self._pipe.recv())
        except (EOFError, OSError):  # pragma: no cover # measured, it dies before it can tell
            os.killpg(0, signal.SIGKILL)

    def wait_next_invocation(self) -> SimpleNamespace:
        """Give the next event, with the fields of awslambdaric's InvocationRequest."""
        if not self._ready:
            self._ready = True
            self._tell("ready", "")
        request_id, function_arn, trace_id, deadline_ms, payload = self._events.get()
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
        """Send what the handler returned."""
        self._tell("result", result)

    def post_invocation_error(
        self, _invoke_id: str, error: str, _xray_fault: str, _invocation_id: None
    ) -> None:
        """Send what the handler raised."""
        self._tell("error", error)

    def post_init_error(self, error: dict[str, Any]) -> None:
        """Send why there is no handler."""
        self._tell("error", to_json(error))

    def _tell(self, kind: str, payload: str | bytes) -> None:
        body = payload if isinstance(payload, bytes) else payload.encode()
        self._pipe.send((kind, body, peak_memory_mb()))


def peak_memory_mb() -> int:
    """Give the most memory that this process has held."""
    if STATUS.exists():  # Linux counts what the engine held before the fork in its ru_maxrss
        lines = STATUS.read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)


def main(handler: str, task_root: str, pipe: str) -> None:
    """Serve events until the engine goes away."""
    os.set_inheritable(int(pipe), False)  # noqa: FBT003 # a child of the handler must not hold it
    client = PipeClient(Connection(int(pipe)))
    threading.Thread(target=client.listen, daemon=True).start()
    sys.path.insert(0, task_root)
    bootstrap.run(handler, client)


if __name__ == "__main__":
    main(*sys.argv[1:])
