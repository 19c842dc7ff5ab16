"""An execution environment of Lambda: `python -m awslambdaric` against a Runtime API on loopback.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import os
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from local.launch import ROOT

PYTHON = ROOT / ".venv-benchmarks/bin/python"
PATIENCE_SECONDS = 60
ACCOUNT_ARN = "arn:aws:lambda:ap-southeast-1:000000000000:function:"
TRACE = "Root=1-69580000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"


class HandlerFailed(Exception):
    """The handler raised, or there is none; its error is the message."""


@dataclass(frozen=True)
class Function:
    """A handler and the folder it lies in, as Lambda has it."""

    handler: str
    folder: Path


@dataclass(frozen=True)
class Answer:
    """What a handler returned, and after how many seconds of waiting."""

    payload: Any
    seconds: float


class Environment:
    """One process of one function; closing it gives the CPU time that it used."""

    def __init__(self, function: Function, variables: Mapping[str, str]) -> None:
        """Begin the init phase, and wait for its end."""
        self._api = _RuntimeApi()
        self._output = (function.folder / "output.log").open("wb")
        begun = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 # our own arguments
            [PYTHON, "-m", "awslambdaric", function.handler],
            cwd=function.folder,
            env={**lambda_variables(function), **self._api.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        try:
            self.init_seconds = self._api.next_idle() - begun
        except BaseException:
            self.close()
            raise

    def invoke(self, event: object) -> Answer:
        """Have one event handled, and wait until the environment asks for the next."""
        self._api.events.put(json.dumps(event).encode())
        body, seconds, failed = self._api.answers.get(timeout=PATIENCE_SECONDS)
        if failed:
            raise HandlerFailed(body.decode())
        self._api.next_idle()
        return Answer(json.loads(body), seconds)

    def close(self) -> float:
        """Kill the process; give the seconds of CPU, user and system, that it had used."""
        self._process.kill()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._output.close()
        self._api.close()
        return usage.ru_utime + usage.ru_stime

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lambda_variables(function: Function) -> dict[str, str]:
    """Give the environment variables that Lambda and the template set.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    name = function.handler.partition(".")[0]
    return {
        "_HANDLER": function.handler,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_DEFAULT_REGION": "ap-southeast-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        "AWS_REGION": "ap-southeast-1",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_SESSION_TOKEN": "none",
        "_X_AMZN_TRACE_ID": TRACE,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "DYNAMODB_TABLE": "transactions-dev",
        "HOME": str(function.folder),
        "LAMBDA_TASK_ROOT": str(function.folder),
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        "POWERTOOLS_METRICS_NAMESPACE": "transactions",
        "POWERTOOLS_SERVICE_NAME": "transactions",
        "PYTHONDONTWRITEBYTECODE": "1",
        "S3_BUCKET": "audit-logs-dev-000000000000-ap-southeast-1",
        "SNS_TOPIC_ARN": "arn:aws:sns:ap-southeast-1:000000000000:transaction-events-dev",
        "TZ": ":UTC",
    }


class _RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.answers: queue.Queue[tuple[bytes, float, bool]] = queue.Queue()
        self.idle: queue.Queue[float] = queue.Queue()
        self.handed_over = 0.0
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def variables(self) -> dict[str, str]:
        """What sends awslambdaric here."""
        return {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server_port}"}

    def next_idle(self) -> float:
        """Wait until the environment asks for an event; give the time at which it did."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while time.perf_counter() < deadline:
            try:
                return self.idle.get(timeout=0.5)
            except queue.Empty:
                if not self.answers.empty():
                    raise HandlerFailed(self.answers.get()[0].decode()) from None
        raise HandlerFailed(f"nothing was heard of it for {PATIENCE_SECONDS} s")

    def close(self) -> None:
        """Release whoever waits, and the port."""
        self.events.put(None)
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _RuntimeApi

    def do_GET(self) -> None:
        """Answer `next`, the only one that is asked for with GET."""
        self.server.idle.put(time.perf_counter())
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000),
            "Lambda-Runtime-Invoked-Function-Arn": f"{ACCOUNT_ARN}measured",
            "Lambda-Runtime-Trace-Id": TRACE,
            "Content-Type": "application/json",
        }
        self.server.handed_over = time.perf_counter()
        self._send(200, headers, event)

    def do_POST(self) -> None:
        """Take the response, or the error, of an event or of the init phase."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seconds = time.perf_counter() - self.server.handed_over
        self._send(202, {}, b"{}")
        self.server.answers.put((body, seconds, not self.path.endswith("/response")))

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # its name there
        """Print nothing."""
