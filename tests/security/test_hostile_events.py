"""A handler returns a result or raises a named error for any event."""

import contextlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contract
import destination
from tests.handlers.conftest import notifier, processor
from tests.security import case_counts
from tests.security.hostile_bodies import AUDIT_KEY
from tests.security.hostile_events import FOR, LOGGED, changed, events
from validator import validator

HANDLERS = {"validator": validator, "processor": processor, "notifier": notifier}
NAMED: dict[str, tuple[type[Exception], ...]] = {
    "validator": (validator.InvalidEvent,),
    "processor": (destination.InvalidRecord,),
    "notifier": (destination.InvalidRecord,),
}

UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
CARD = re.compile(r"[0-9](?:[._-]?[0-9]){12,18}")
KEY = re.compile(f"/{AUDIT_KEY}")
SAFE = re.compile(f"[{contract.FIELDS['source'].characters}]{{0,64}}")


@dataclass
class Wire:
    """A fake of AWS that checks every request and returns stubbed responses."""

    taken: bool = False
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, model: Any, params: dict[str, Any], **_: object) -> Any:
        """Return a response in place of AWS; if `taken`, every claim has another owner."""
        self.sent.append((model.name, params))
        status, parsed = 200, dict[str, Any]()
        if self.taken and model.name == "PutObject":
            status, parsed = 412, {"Error": {"Code": "PreconditionFailed", "Message": "Taken"}}
        if model.name == "HeadObject":
            names = ("request-id", "api-key-id", "fingerprint")
            parsed = {"Metadata": {"timestamp": "1", **dict.fromkeys(names, "another")}}
        url, headers, raw = cast("Any", (None, {}, None))
        return AWSResponse(url, status, headers, raw), parsed


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    ends = [processor.s3, processor.dynamodb, notifier.dynamodb, notifier.sns]
    wire = Wire()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("S3_BUCKET", "audit")
        environment.setenv("DYNAMODB_TABLE", "transactions")
        environment.setenv("OUTCOMES_TABLE", "outcomes")
        environment.setenv("OUTCOME_RETENTION_DAYS", "30")
        environment.setenv("SNS_TOPIC_ARN", "arn:aws:sns:ap-southeast-1:000000000000:events")
        for client in ends:
            client.meta.events.register_first("before-call.*.*", wire)
        yield wire
        for client in ends:
            client.meta.events.unregister("before-call.*.*", wire)


def survives(stage: str, event: Any, wire: Wire) -> None:
    """Run a handler with an event, and check all of its effects."""
    case_counts.count()
    wire.sent.clear()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        error = fails(stage, event)
    assert harmless(error)  # the runtime logs it
    assert not (error and wire.sent)  # no partial write
    *lines, end = printed.getvalue().split("\n")
    assert end == ""
    for line in lines:
        fields = json.loads(line)
        assert line.isascii()
        assert fields.keys() <= LOGGED
        assert all(harmless(value) for value in fields.values() if value is not None), line
    for operation, request in wire.sent:
        CHECKS[operation](request)


def fails(stage: str, event: Any) -> str:
    """Return the named error of a handler, or an empty string for a valid result."""
    try:
        result = HANDLERS[stage].lambda_handler(event, None)
    except NAMED[stage] as error:
        return str(error)
    json.dumps(result, ensure_ascii=False).encode()  # as the runtime does
    return ""


def harmless(text: str) -> bool:
    """Return whether a text is safe to log: one line, without card numbers."""
    return text.isprintable() and not CARD.search(UUID.sub("", text))


def check_object(request: dict[str, Any]) -> None:
    assert KEY.fullmatch(request["url_path"])
    for name, value in request["headers"].items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        assert (name + text).isascii()
        assert (name + text).isprintable()
    if request["body"]:  # a HEAD request has no body
        assert json.load(request["body"]).keys() == TRANSACTION


def check_item(request: dict[str, Any]) -> None:
    content = json.loads(request["body"])
    item = {name: text for name, value in content["Item"].items() for text in value.values()}
    if content["TableName"] == "outcomes":
        assert {"requestId", "status", "expiresAt"} <= item.keys() <= contract.OUTCOME.keys()
        reason = item.pop("reason", "")
        assert reason.isascii()
        assert len(reason) <= contract.LONGEST_REASON
    else:
        assert item.keys() == TRANSACTION
    for text in item.values():
        assert SAFE.fullmatch(text)


def check_message(request: dict[str, Any]) -> None:
    body = request["body"]
    assert body.pop("Subject") in {f"Transaction {status}" for status in STATUSES}
    assert body["Message"].isascii()
    assert body["Message"].isprintable()
    message = json.loads(body.pop("Message"))
    assert message.keys() <= TRANSACTION | {"status", "function", "condition", "reason"}
    assert all(str(value).isprintable() for value in message.values())
    assert len(json.dumps(message)) < 4_096  # SNS takes 256 KiB
    for value in body.values():
        assert re.fullmatch(r"[A-Za-z0-9 .:_-]{1,99}", value)


TRANSACTION = set(contract.RECORD)
STATUSES = tuple(contract.OUTCOMES)
CHECKS = {
    "PutObject": check_object,
    "HeadObject": check_object,
    "PutItem": check_item,
    "Publish": check_message,
}


@pytest.mark.parametrize(
    ("stage", "claims"),
    [("validator", "free"), ("processor", "free"), ("processor", "taken"), ("notifier", "free")],
)
def test_a_valid_event_with_one_change_does_no_harm(stage: str, claims: str, wire: Wire) -> None:
    wire.taken = claims == "taken"
    cases = 0
    for build in FOR[stage]:
        for event in changed(build):
            survives(stage, event, wire)
            cases += 1
    assert cases > 1_000


@pytest.mark.parametrize("stage", HANDLERS)
@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_arbitrary_events_do_no_harm(stage: str, wire: Wire, data: st.DataObject) -> None:
    wire.taken = False
    survives(stage, data.draw(events(*FOR[stage])), wire)
