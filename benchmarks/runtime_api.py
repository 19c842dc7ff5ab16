"""Lambda's Runtime API on loopback: sends events to awslambdaric, receives its results.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import threading
import time
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_SECONDS = 60
FUNCTION_ARN = "arn:aws:lambda:ap-southeast-1:000000000000:function:measured"
TRACE = "Root=1-69580000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"


class HandlerFailed(Exception):
    """The handler is missing or raised; the message is its error."""


class RuntimeApi(ThreadingHTTPServer):
    """The Runtime API of one process."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.results: queue.Queue[tuple[bytes, float, bool]] = queue.Queue()
        self.idle: queue.Queue[float] = queue.Queue()
        self.sent = 0.0
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def variables(self) -> dict[str, str]:
        """The environment variable by which awslambdaric finds this server."""
        return {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server_port}"}

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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: RuntimeApi

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
        self._send(200, headers, event)

    def do_POST(self) -> None:
        """Receive the response, or the error, of an event or of the init phase."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seconds = time.perf_counter() - self.server.sent
        self._send(202, {}, b"{}")
        self.server.results.put((body, seconds, not self.path.endswith("/response")))

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # its name there
        """Print nothing."""
