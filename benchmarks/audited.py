"""An AWS that holds a million transactions, each as a function of its number.

A stack's clients reach it in this process, without a network, or over HTTP in another one: this
module, as a script, prints its port and serves until it is stopped.
"""

import hashlib
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from benchmarks.aws import LoopbackHandler
from contract import PROVENANCE, audit_key, canonical_json, item, outcome_item
from ops.stack import Connection, Stack
from ops.transaction import a_body
from template.outputs import StackOutputs, StageOutputs

BEGINNING = 1_767_225_600_000
ITEMS_PER_PAGE = 3_500
"""About 1 MB, which is what DynamoDB scans at once."""
VERSIONS_PER_PAGE = 1_000
RETENTION_DAYS = 30
CURRENCIES = {"USD": 2, "JPY": 0, "KWD": 3}
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
OWNER = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
STAGES = ("validator", "processor", "notifier")
type Parameters = dict[str, Any]
_number = re.compile(r"-(?:000)?(\d{9})(?!\d)")
"""The number in a transaction ID, a key or a request ID."""


def stack_at(endpoint: str) -> Stack:
    """Return the stack of an account that responds there."""
    outputs: dict[str, Any] = {one.name: one.name for one in fields(StackOutputs)}
    stages = [StageOutputs(name, f"{name}_function", f"{name}_queue") for name in STAGES]
    connection = Connection(
        endpoint_url=endpoint,
        region_name="ap-southeast-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    return Stack(StackOutputs[str](**outputs | {"stages": stages}), endpoint, "", connection)


@dataclass(frozen=True)
class Version:
    """A version of an audit object; a delete marker has no body."""

    body: bytes | None
    storage_class: str = "STANDARD"
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """The ETag, which is the MD5 of the body."""
        return f'"{hashlib.md5(self.body or b"", usedforsecurity=False).hexdigest()}"'


@dataclass
class Stored:
    """What is stored of a transaction."""

    records: list[dict[str, Any]] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)


def fields_of(number: int) -> dict[str, Any]:
    """Return the transaction with this number, as the processor receives it."""
    currency = (*CURRENCIES,)[number % len(CURRENCIES)]
    amount = f"{1 + number / 100:.{CURRENCIES[currency]}f}"
    own = (BEGINNING + number, f"7f3b9a52-6c1e-4d8f-9a27-{number:012}", "k3y1d00000")
    return {
        **a_body(transactionId=f"order-{number:09}", amount=amount, currency=currency),
        **dict(zip(PROVENANCE, own, strict=True)),
    }


def as_written(number: int) -> Stored:
    """Return what the pipeline stores of the transaction with this number."""
    fields = fields_of(number)
    # DynamoDB drops zeros at the end.
    amount = (
        fields["amount"].rstrip("0").rstrip(".") if "." in fields["amount"] else fields["amount"]
    )
    expires_at = fields["timestamp"] // 1_000 + RETENTION_DAYS * 86_400
    return Stored(
        [item({**fields, "amount": amount})],
        [Version(canonical_json(fields), metadata={"request-id": fields["requestId"]})],
        [outcome_item({**fields, "status": "PROCESSED"}, expires_at)],
    )


@dataclass(frozen=True)
class Response:
    """What AWS responds."""

    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass
class Account:
    """An account with `count` transactions as written, but for the `changes`, and other objects."""

    count: int
    changes: dict[int, Stored] = field(default_factory=dict)
    strays: dict[str, Version] = field(default_factory=dict)
    dead_letters: dict[str, list[Any]] = field(default_factory=dict)
    in_flight: int = 0
    on_call: Callable[[str], None] = lambda _: None
    calls: Counter[str] = field(default_factory=Counter)
    _received: set[str] = field(default_factory=set)

    def stack(self) -> Stack:
        """Return a stack whose clients reach this account without a network."""
        stack = stack_at("http://127.0.0.1:9")
        for client in (stack.dynamodb, stack.s3, stack.sqs, stack.functions):
            client.meta.events.register("before-send", self._in_process)
        return stack

    def _in_process(self, request: AWSPreparedRequest, **_: object) -> Any:
        """Respond in place of the network."""
        sent = {name.lower(): _text(value) for name, value in request.headers.items()}
        found = self.respond(request.method, request.url, sent, _bytes(request.body))
        headers = HTTPHeaders.from_dict(found.headers)
        return AWSResponse(request.url, found.status, headers, _Raw(found.content))

    def respond(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Return AWS's response to a request."""
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation in self._operations:
            parameters = json.loads(body)
            found = Response(json.dumps(self._operations[operation](parameters)).encode())
        elif "/functions/" in url:
            operation = "GetFunctionConfiguration"
            variables = {"OUTCOME_RETENTION_DAYS": str(RETENTION_DAYS)}
            found = Response(json.dumps({"Environment": {"Variables": variables}}).encode())
        else:
            operation, found = self._bucket(method, urlsplit(url))
        self.calls[operation] += 1
        self.on_call(operation)
        return found

    def _stored(self, number: int) -> Stored:
        return self.changes.get(number) or as_written(number)

    def _named(self, text: str) -> Stored:
        """Return what is stored of the transaction with the number in a text."""
        found = _number.search(text)
        return self._stored(int(found[1])) if found and int(found[1]) < self.count else Stored()

    @property
    def _operations(self) -> dict[str, Callable[[Parameters], Parameters]]:
        counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return {
            "Scan": self._scan,
            "Query": lambda body: {
                "Items": self._named(body["ExpressionAttributeValues"][":id"]["S"]).records
            },
            "BatchGetItem": self._outcomes,
            "DescribeTable": lambda _: {"Table": {"ItemCount": self.count}},
            "GetQueueUrl": lambda body: {"QueueUrl": f"http://127.0.0.1:9/{body['QueueName']}"},
            "GetQueueAttributes": lambda _: {
                "Attributes": dict.fromkeys(counts, str(self.in_flight))
            },
            "ReceiveMessage": self._messages,
            "ChangeMessageVisibilityBatch": lambda _: {},
        }

    def _outcomes(self, body: Parameters) -> Parameters:
        ((table, wanted),) = body["RequestItems"].items()
        names = [key["requestId"]["S"] for key in wanted["Keys"]]
        found = (one for name in names for one in self._named(name).outcomes)
        return {"Responses": {table: [one for one in found if one["requestId"]["S"] in names]}}

    def _scan(self, body: Parameters) -> Parameters:
        numbers = range(body.get("Segment", 0), self.count, body.get("TotalSegments", 1))
        start = int(body.get("ExclusiveStartKey", {"next": {"N": "0"}})["next"]["N"])
        kind = "outcomes" if body["TableName"] == "outcomes_table_name" else "records"
        page = numbers[start : start + ITEMS_PER_PAGE]
        found = [one for number in page for one in getattr(self._stored(number), kind)]
        end = start + ITEMS_PER_PAGE
        more = {"LastEvaluatedKey": {"next": {"N": str(end)}}} if end < len(numbers) else {}
        return {"Items": found, **more}

    def _messages(self, body: Parameters) -> Parameters:
        """Return a queue's messages, each once in a row, and then none."""
        queue = body["QueueUrl"].rpartition("/")[2]
        names = [f"{queue}-{place}" for place in range(len(self.dead_letters.get(queue, ())))]
        fresh = [name for name in names if name not in self._received][:10]
        self._received = {*fresh, *self._received} if fresh else self._received - {*names}
        found = [(name, self.dead_letters[queue][names.index(name)]) for name in fresh]
        return {
            "Messages": [
                {"MessageId": name, "ReceiptHandle": name, "Body": _body(event)}
                for name, event in found
            ]
        }

    def _bucket(self, method: str, url: SplitResult) -> tuple[str, Response]:
        query = {
            name: found[0] for name, found in parse_qs(url.query, keep_blank_values=True).items()
        }
        if "versions" in query:
            return "ListObjectVersions", Response(self._list(query).encode())
        key = unquote(url.path).partition("/bucket_name/")[2]
        version = self._versions_of(key)[int(query["versionId"])]
        headers = {"ETag": version.etag, "x-amz-server-side-encryption": "AES256"}
        if method == "HEAD":
            metadata = {f"x-amz-meta-{name}": value for name, value in version.metadata.items()}
            return "HeadObject", Response(b"", headers | metadata)
        if version.storage_class in ARCHIVES:
            error = b"<Error><Code>InvalidObjectState</Code></Error>"
            return "GetObject", Response(error, status=403)
        return "GetObject", Response(version.body or b"", headers)

    def _versions_of(self, key: str) -> list[Version]:
        return [self.strays[key]] if key in self.strays else self._named(key).versions

    def _list(self, query: Mapping[str, str]) -> str:
        prefix, marker = query["prefix"], query.get("key-marker", "")
        found = _number.search(prefix)
        numbers = range(int(found[1]), int(found[1]) + 1) if found else range(self.count)
        after = _number.search(marker)
        start = int(after[1]) + 1 if after else numbers.start
        page = range(start, min(start + VERSIONS_PER_PAGE, numbers.stop))
        keys = [audit_key(f"order-{number:09}") for number in page]
        if page.stop >= numbers.stop:
            keys += self.strays
        listed = "".join(
            _listed(key, place, version, latest=place == 0)
            for key in keys
            if key.startswith(prefix)
            for place, version in enumerate(self._versions_of(key))
        )
        more = page.stop < numbers.stop
        markers = f"<NextKeyMarker>{keys[-1]}</NextKeyMarker>" if more else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><ListVersionsResult xmlns="{NAMESPACE}">'
            f"<IsTruncated>{str(more).lower()}</IsTruncated><EncodingType>url</EncodingType>"
            f"{markers}<NextVersionIdMarker>0</NextVersionIdMarker>{listed}</ListVersionsResult>"
        )


def _body(event: Any) -> str:
    """Return the body of a message; a text is one that is no event."""
    return event if isinstance(event, str) else json.dumps(event)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else (body or "").encode()


class _Raw(io.BytesIO):
    """A body as urllib3 has it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Yield the body."""
        yield self.read()


def _listed(key: str, place: int, version: Version, *, latest: bool) -> str:
    kind = "DeleteMarker" if version.body is None else "Version"
    body = (
        ""
        if version.body is None
        else (
            f"<ETag>{escape(version.etag)}</ETag><Size>{len(version.body)}</Size>"
            f"<StorageClass>{version.storage_class}</StorageClass>"
        )
    )
    return (
        f"<{kind}><Key>{quote(key)}</Key><VersionId>{place}</VersionId>"
        f"<IsLatest>{str(latest).lower()}</IsLatest>"
        f"<LastModified>2026-01-01T00:00:00.000Z</LastModified>{body}"
        f"<Owner><ID>{OWNER}</ID></Owner></{kind}>"
    )


class _Handler(LoopbackHandler):
    account: Account

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = self.account.respond(self.command, self.path, headers, body)
        super().respond(found.status, found.headers, found.content)

    do_GET = do_HEAD = do_POST = _serve


def main(count: str) -> None:
    """Serve an account with this many transactions."""
    _Handler.account = Account(int(count))
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
