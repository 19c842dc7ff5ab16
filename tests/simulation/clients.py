"""Two forms of the handlers' clients: botocore's own, whose requests are answered, and stubs.

Stubs are several times faster. They neither serialize nor retry.
"""

import functools
import io
import json
import urllib.parse
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from tests.simulation.aws import Call, Reply

METADATA = "x-amz-meta-"
METHODS = {
    "put_object": "PutObject",
    "head_object": "HeadObject",
    "put_item": "PutItem",
    "publish": "Publish",
}


class Gate:
    """Where every call arrives, whichever client sent it; `reply` decides."""

    def __init__(self, reply: Callable[[Call], Reply]) -> None:
        self.reply = reply


class Stub:
    """A client of any service, without botocore."""

    exceptions = SimpleNamespace(ClientError=ClientError)

    def __init__(self, gate: Gate) -> None:
        for method, operation in METHODS.items():
            setattr(self, method, functools.partial(self._call, gate, operation))

    @staticmethod
    def _call(gate: Gate, operation: str, **parameters: Any) -> dict[str, Any]:
        reply = gate.reply(Call(operation, parameters))
        if reply.code:
            raise ClientError({"Error": {"Code": reply.code}}, operation)
        return {"Metadata": dict(reply.metadata)}


def answer(client: Any, gate: Gate) -> None:
    """Answer what a client of botocore would send, once it is signed and serialized."""

    def before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        call = _read(request)
        return _write(call, request.url, gate.reply(call))

    # A second registration under the same ID would be ignored.
    client.meta.events.unregister("before-send", unique_id="simulation")
    client.meta.events.register("before-send", before_send, unique_id="simulation")


def _read(request: AWSPreparedRequest) -> Call:
    body = _bytes(request.body)
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    if "x-amz-target" in headers:
        return Call(headers["x-amz-target"].rpartition(".")[2], json.loads(body))
    url = urllib.parse.urlsplit(request.url)
    if url.netloc.startswith("sns."):
        return _read_query(body.decode())
    # The bucket is in the path where its name is no host name, and in the host elsewhere.
    key = urllib.parse.unquote(url.path.lstrip("/"))
    key = key if url.netloc.count(".") > 3 else key.partition("/")[2]
    if request.method == "HEAD":
        return Call("HeadObject", {"Key": key})
    metadata = {k.removeprefix(METADATA): v for k, v in headers.items() if k.startswith(METADATA)}
    given = {"Key": key, "Body": body, "Metadata": metadata}
    if "if-none-match" in headers:
        given["IfNoneMatch"] = headers["if-none-match"]
    return Call("PutObject", given)


def _read_query(body: str) -> Call:
    fields = dict(urllib.parse.parse_qsl(body))
    entry = "MessageAttributes.entry"
    count = sum(name.startswith(entry) and name.endswith(".Name") for name in fields)
    attributes = {
        fields[f"{entry}.{number}.Name"]: {
            "DataType": fields[f"{entry}.{number}.Value.DataType"],
            "StringValue": fields[f"{entry}.{number}.Value.StringValue"],
        }
        for number in range(1, count + 1)
    }
    return Call(
        fields["Action"],
        {
            **{name: fields[name] for name in ("TopicArn", "Subject", "Message")},
            "MessageAttributes": attributes,
        },
    )


def _write(call: Call, url: str, reply: Reply) -> AWSResponse:
    headers = {f"{METADATA}{name}": value for name, value in reply.metadata.items()}
    match call.operation:
        case "PutItem":
            body = json.dumps({"__type": reply.code} if reply.code else {})
        case "Publish" if not reply.code:
            body = "<PublishResponse><PublishResult/></PublishResponse>"
        case "Publish":
            body = f"<ErrorResponse><Error><Code>{reply.code}</Code></Error></ErrorResponse>"
        case "PutObject" if reply.code:
            body = f"<Error><Code>{reply.code}</Code></Error>"
        case _:
            body = ""
    raw: Any = Raw(body.encode())
    return AWSResponse(url, reply.status, HTTPHeaders.from_dict(headers), raw)


class Raw(io.BytesIO):
    """The body of a response as urllib3 returns it."""

    def stream(self) -> Iterator[bytes]:
        """Yield the body."""
        yield self.getvalue()


def _bytes(value: Any) -> bytes:
    content = value.getvalue() if hasattr(value, "getvalue") else value or b""
    return content.encode() if isinstance(content, str) else content


def _text(value: Any) -> str:
    return value if isinstance(value, str) else value.decode()
