"""An event of a stage's log: an outcome, an error, an invocation's durations, or another line."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

SUCCESS = "success"
UNPACKED = re.compile(r'File "(?:/var/task|[^"]*/code)/')
"""A file of src/, as functions see it: on AWS, and where the local AWS unpacks the code."""

SHOWN_FIRST = ("status", "transactionId", "requestId")


@dataclass
class Invocation:
    """The invocation that runs in a log stream, and the transaction that its lines name."""

    id: str = ""
    transaction_id: str = ""

    @classmethod
    def started(cls, line: Mapping[str, Any]) -> Self:
        """Return the invocation of a platform.start line."""
        return cls(_text(_record(line), "requestId"))


@dataclass(frozen=True)
class LogEvent:
    """A log line, and what is known of its invocation; `time` is in ms since the epoch.

    `fields` are those of a line in JSON; `text` is any other line.
    """

    time: int
    stage: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    invocation_id: str = ""
    transaction_id: str = ""

    @property
    def kind(self) -> str:
        """What the line is: durations, outcome, error or line."""
        if _metrics(self.fields):
            return "durations"
        if self.fields.get("errorType") or self.fields.get("stackTrace"):
            return "error"
        return "outcome" if "status" in self.fields else "line"

    @property
    def failed(self) -> bool:
        """True if the line reports an error."""
        return self.kind == "error" or _record(self.fields).get("status", SUCCESS) != SUCCESS

    @property
    def names(self) -> set[str]:
        """The IDs of the transaction, the request and the invocations."""
        logged = {_text(self.fields, "transactionId"), _text(self.fields, "requestId")}
        return (logged | {self.transaction_id} | self.invocations) - {""}

    @property
    def invocations(self) -> set[str]:
        """The invocation of the line, and the failed one that the outcome FAILED names."""
        return {self.invocation_id, _text(self.fields, "failedInvocation")} - {""}

    def lines(self) -> list[str]:
        """Return what the event says; a traceback has several lines."""
        if not self.fields:
            return self.text.split("\n")
        match self.kind:
            case "durations":
                words = [_durations(self.fields), self.transaction_id]
            case "error":
                return ["ERROR " + _error(self.fields), *_traceback(self.fields)]
            case "outcome":
                named = {name: str(value) for name, value in self.fields.items() if value}
                first = [named.pop(name, "") for name in SHOWN_FIRST]
                named.pop("level", None)
                words = [*first, *(f"{name}: {value}" for name, value in named.items())]
            case _:
                return _message(self.fields).split("\n")
        return ["  ".join(filter(None, words))]

    def report(self) -> dict[str, Any]:
        """Return the event as JSON."""
        moment = datetime.fromtimestamp(self.time / 1_000, UTC)
        return {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "stage": self.stage,
            "kind": self.kind,
            "invocationId": self.invocation_id,
            "transactionId": self.transaction_id or _text(self.fields, "transactionId"),
            "line": dict(self.fields) or self.text,
        }


def is_start(fields: Mapping[str, Any]) -> bool:
    """Return whether a line is the first of an invocation."""
    return fields.get("type") == "platform.start"


def event_of(stage: str, time: int, line: Mapping[str, Any] | str, running: Invocation) -> LogEvent:
    """Return the event of a line that was logged while an invocation ran in its stream."""
    if isinstance(line, str):
        return LogEvent(time, stage, {}, line, running.id, running.transaction_id)
    if "status" in line:
        if running.id:  # without platform lines, nothing says where an invocation ends
            running.transaction_id = _text(line, "transactionId")
        own = running.id  # the line's requestId is that of the client's request
    else:
        own = _text(_record(line), "requestId") or _text(line, "requestId") or running.id
    known = running.transaction_id if own == running.id else ""
    return LogEvent(time, stage, line, "", own, known)


def says_something(event: LogEvent) -> bool:
    """Return whether a line is more than Lambda's notice that a step succeeded.

    https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
    """
    of_platform = _text(event.fields, "type").startswith("platform.")
    silent = of_platform or not (event.fields or event.text)
    return event.kind == "durations" or event.failed or not silent


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _record(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    record = fields.get("record")
    return record if isinstance(record, dict) else {}


def _metrics(fields: Mapping[str, Any]) -> Mapping[str, float]:
    """Return the numbers of a platform.report line."""
    metrics = _record(fields).get("metrics")
    if fields.get("type") != "platform.report" or not isinstance(metrics, dict):
        return {}
    return {name: value for name, value in metrics.items() if type(value) in {int, float}}


def _durations(fields: Mapping[str, Any]) -> str:
    """Return a sentence such as: 12 ms, cold 310 ms, 78 MB."""
    metrics, record = _metrics(fields), _record(fields)
    words = {"durationMs": "{:.0f} ms", "initDurationMs": "cold {:.0f} ms"}
    words["maxMemoryUsedMB"] = "{:.0f} MB"
    failure = [str(record[name]) for name in ("status", "errorType") if name in record]
    return ", ".join(
        [
            *(text.format(metrics[name]) for name, text in words.items() if name in metrics),
            *(word for word in failure if word != SUCCESS),
        ]
    )


def _error(fields: Mapping[str, Any]) -> str:
    """Return what was logged with the error, its type and message."""
    words = [_text(fields, name) for name in ("message", "errorType", "errorMessage")]
    return ": ".join(filter(None, words))


def _traceback(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a traceback, with our files as editors find them."""
    trace = fields.get("stackTrace")
    for part in trace if isinstance(trace, list) else []:
        yield from UNPACKED.sub('File "src/', str(part)).rstrip("\n").split("\n")


def _message(fields: Mapping[str, Any]) -> str:
    """Return the message that the logging module wrote with its level, or the line itself."""
    message = _text(fields, "message")
    return f"{_text(fields, 'level')} {message}".strip() if message else json.dumps(dict(fields))
