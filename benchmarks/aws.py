"""An AWS on loopback, over TLS, that responds to the handlers' calls, and counts them."""

import contextlib
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import zlib
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer
from typing import Any
from urllib.parse import parse_qs

import botocore

from benchmarks.benchmark import CannotMeasure

PUBLISHED = (
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    "<MessageId>0</MessageId></PublishResult><ResponseMetadata><RequestId>0</RequestId>"
    "</ResponseMetadata></PublishResponse>"
)
_service = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")


class LoopbackHandler(BaseHTTPRequestHandler):
    """Requests over kept-alive connections, each answered in one piece and without delay."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def respond(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Send the response."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


class Aws(ThreadingHTTPServer):
    """The server, with the calls so far and the environment variables that send a function here."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        certificate, key = _self_signed(folder)
        super().__init__(("127.0.0.1", 0), _Handler)
        # As on AWS, a client reads the whole list of authorities; ours is the last of it.
        bundle = folder / "bundle.pem"
        authorities = Path(botocore.__file__).with_name("cacert.pem")
        bundle.write_bytes(authorities.read_bytes() + certificate.read_bytes())
        self.variables = {
            "AWS_ENDPOINT_URL": f"https://127.0.0.1:{self.server_port}",
            "AWS_CA_BUNDLE": str(bundle),
        }
        self.calls: list[str] = []
        self.connections = 0
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate, key)

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        """Accept a connection, whose own thread does the handshake."""
        accepted, address = super().get_request()
        self.connections += 1
        return self._tls.wrap_socket(
            accepted, server_side=True, do_handshake_on_connect=False
        ), address

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing about clients that were killed."""


class _Handler(LoopbackHandler):
    server: Aws

    def _serve(self) -> None:
        body = self._body()
        found = _service.search(self.headers.get("Authorization", ""))
        service = {"dynamodb": self._dynamodb, "sns": self._sns}.get(
            found.group(1) if found else "", self._s3
        )
        operation, status, headers, content = service(body)
        self.server.calls.append(operation)
        self.respond(status, headers, content)

    do_GET = do_HEAD = do_PUT = do_POST = _serve

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # the trailing checksum
        return b"".join(chunks)

    def handle_expect_100(self) -> bool:
        """Ask for the body at once: the client waits for the request."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def _dynamodb(self, _body: bytes) -> tuple[str, int, dict[str, str], bytes]:
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "x-amz-crc32": str(zlib.crc32(b"{}")),
        }
        return self.headers["X-Amz-Target"].rpartition(".")[2], 200, headers, b"{}"

    def _sns(self, body: bytes) -> tuple[str, int, dict[str, str], bytes]:
        operation = parse_qs(body.decode()).get("Action", ["?"])[0]
        return operation, 200, {"Content-Type": "text/xml"}, PUBLISHED.encode()

    def _s3(self, _body: bytes) -> tuple[str, int, dict[str, str], bytes]:
        kind = "Object" if self.path.split("?")[0].strip("/").count("/") else "Bucket"
        status = 404 if self.command in ("GET", "HEAD") and kind == "Object" else 200
        return f"{self.command.title()}{kind}", status, {"ETag": f'"{"0" * 32}"'}, b""


@contextlib.contextmanager
def serving[Server: BaseServer](server: Server) -> Iterator[Server]:
    """Yield a server, which serves in a thread until the block ends."""
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def aws_on_loopback() -> Iterator[Aws]:
    """Yield the AWS, which serves until the block ends."""
    with tempfile.TemporaryDirectory() as folder, serving(Aws(Path(folder))) as aws:
        yield aws


def _self_signed(folder: Path) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise CannotMeasure(
            "openssl is missing, which writes the certificate of the AWS on loopback"
        )
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(  # our own arguments
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key
