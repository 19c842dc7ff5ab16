"""An execution environment of Lambda: one process of `python -m awslambdaric`."""

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any, Self

from benchmarks.aws import LoopbackHandler
from benchmarks.staging import TRACE, Function

PATIENCE_SECONDS = 60
FUNCTION_ARN = "arn:aws:lambda:ap-southeast-1:000000000000:function:measured"


class HandlerFailed(Exception):
    """The handler is missing or raised; the message is its error."""


class _RuntimeApi(ThreadingHTTPServer):
    """Lambda's Runtime API on loopback, for one process.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.results: queue.Queue[tuple[bytes, float, bool]] = queue.Queue()
        self.idle: queue.Queue[float] = queue.Queue()
        self.sent = 0.0
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def next_idle(self) -> float:
        """Wait until the environment asks for an event; return the time at which it did."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while time.perf_counter() < deadline:
            try:
                return self.idle.get(timeout=0.5)
            except queue.Empty:
                if not self.results.empty():
                    raise HandlerFailed(self.results.get()[0].decode()) from None
        raise HandlerFailed(f"the process sent nothing for {PATIENCE_SECONDS} s")

    def close(self) -> None:
        """Release a waiting request, and the port."""
        self.events.put(None)
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(LoopbackHandler):
    server: _RuntimeApi

    def do_GET(self) -> None:
        """Respond to `next`, the only GET request of the API."""
        self.server.idle.put(time.perf_counter())
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000),
            "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
            "Lambda-Runtime-Trace-Id": TRACE,
            "Content-Type": "application/json",
        }
        self.server.sent = time.perf_counter()
        self.respond(200, headers, event)

    def do_POST(self) -> None:
        """Receive the response, or the error, of an event or of the init phase."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seconds = time.perf_counter() - self.server.sent
        self.respond(202, {}, b"{}")
        self.server.results.put((body, seconds, not self.path.endswith("/response")))


@dataclass(frozen=True)
class TimedResult:
    """The result of a handler, and the seconds until it arrived."""

    payload: Any
    seconds: float


class ExecutionEnvironment:
    """One process of one function; closing it returns the CPU time that it used."""

    def __init__(self, function: Function, variables: Mapping[str, str]) -> None:
        """Begin the init phase, and wait for its end."""
        self._api = _RuntimeApi()
        address = f"127.0.0.1:{self._api.server_port}"
        begun = time.perf_counter()
        with tempfile.TemporaryFile() as output:
            self._process = subprocess.Popen(  # our own arguments
                [function.python, "-m", "awslambdaric", function.handler],
                cwd=function.folder,
                env={**function.variables, "AWS_LAMBDA_RUNTIME_API": address, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self.init_seconds = self._api.next_idle() - begun
        except BaseException:
            self.close()
            raise

    def invoke(self, event: object) -> TimedResult:
        """Send one event, and wait until the environment asks for the next."""
        self._api.events.put(json.dumps(event).encode())
        body, seconds, failed = self._api.results.get(timeout=PATIENCE_SECONDS)
        self._api.next_idle()
        if failed:
            raise HandlerFailed(body.decode())
        return TimedResult(json.loads(body), seconds)

    def close(self) -> float:
        """Kill the process; return the seconds of CPU, user and system, that it had used."""
        os.kill(self._process.pid, signal.SIGKILL)  # Popen's own would reap a dead one
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._api.close()
        return usage.ru_utime + usage.ru_stime

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
