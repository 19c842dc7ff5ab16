"""The server of the page: a thread on loopback."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import override
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import WSGIRequestHandler, make_server

from console.app import create_app
from console.console import Console
from local.launch import free_port
from ops.stack import Stack

ADDRESS = "127.0.0.1"
BODY = "console.body"


class Handler(WSGIRequestHandler):
    """A request handler that logs no requests, which would bury what the command prints.

    It closes the body of a response whose reader has reset the connection: werkzeug does not.
    """

    @override
    def connection_dropped(
        self, error: BaseException, environ: WSGIEnvironment | None = None
    ) -> None:
        """Close the file or the stream that the response was read from."""
        if environ and (body := environ.get(BODY)):
            body.close()

    @override
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def keeping_body(app: WSGIApplication) -> WSGIApplication:
    """Return the application; the handler finds the body of its response in the environment."""

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ[BODY] = app(environ, start_response)
        return body

    return respond


@contextmanager
def serving(
    load: Callable[[], Stack],
    *,
    port: int | None = None,
    read_only: bool = False,
    file: Path | None = None,
) -> Iterator[str]:
    """Serve the page for the duration of the block, and yield its address.

    `file` is the description of a local stack, which gets the address as `console_url`. Raises
    EngineError if the port is taken.
    """
    port = free_port(port)
    url = f"http://{ADDRESS}:{port}/"

    listens = threading.Event()

    def load_described() -> Stack:
        stack = load()
        if file and listens.is_set():
            _describe(file, url)
        return stack

    console = Console(load_described, read_only=read_only)
    app = create_app(console, {f"{ADDRESS}:{port}", f"localhost:{port}"})
    server = make_server(ADDRESS, port, keeping_body(app), threaded=True, request_handler=Handler)
    threads = [
        threading.Thread(target=server.serve_forever, name="console", daemon=True),
        threading.Thread(target=console.follow, name="console-journal", daemon=True),
    ]
    for thread in threads:
        thread.start()
    listens.set()
    try:
        if file:
            _describe(file, url)
        yield url
    finally:
        console.close()
        server.shutdown()
        server.server_close()
        if file:
            _forget(file, url)


def _describe(file: Path, url: str) -> None:
    """Add the address to the description of a local stack, which a deployment replaces."""
    with suppress(FileNotFoundError):  # as below
        described = json.loads(file.read_text())
        if described.get("console_url") != url:
            _write(file, {**described, "console_url": url})


def _forget(file: Path, url: str) -> None:
    """Remove the address, unless it is that of another console."""
    with suppress(FileNotFoundError):  # `pipeline down` removes the file
        described = json.loads(file.read_text())
        if described.get("console_url") == url:
            del described["console_url"]
            _write(file, described)


def _write(file: Path, described: object) -> None:
    # At once: others may read the file at any time.
    written = file.with_suffix(".tmp")
    written.write_text(json.dumps(described, indent=2) + "\n")
    written.replace(file)
