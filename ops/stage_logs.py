"""The log lines of the stages in one order, each with the invocation that wrote it.

The lines of an execution environment are one log stream, and its invocations follow each other:
a line belongs to the last invocation that started in its stream.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ops.foreign import json_object
from ops.log_events import Invocation, LogEvent, event_of, is_start, says_something
from ops.stack import Stack
from template.outputs import StageOutputs

POLL_SECONDS = 1.0
"""FilterLogEvents is limited to 5 calls per second in most regions; each stage needs one."""

OVERLAP_MS = 15_000
"""CloudWatch Logs shows lines of several streams in any order, some seconds after their time."""

LONGEST_WAIT = 20_000
"""Log events that are kept until a later one shows whether they belong to the wanted ID."""


@dataclass(frozen=True)
class StageLog:
    """The log group of a stage, and what its function's configuration says of its lines."""

    stage: str
    group: str
    timeout_ms: int
    has_platform_lines: bool

    @classmethod
    def of(cls, stack: Stack, stage: StageOutputs[str]) -> Self:
        """Read the configuration of the stage's function.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
        """
        found = stack.functions.get_function_configuration(FunctionName=stage.function_name)
        logging = found["LoggingConfig"]
        return cls(
            stage=stage.name,
            group=logging["LogGroup"],
            timeout_ms=found["Timeout"] * 1_000,
            has_platform_lines=logging.get("SystemLogLevel") != "WARN",
        )

    def lines(self, stack: Stack, **selection: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the events of the log group."""
        pages = stack.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.group, **selection
        )
        for page in pages:
            yield from page["events"]


def without_platform_lines(logs: Iterable[StageLog]) -> str:
    """Return why durations are missing; empty if they are not."""
    names = ", ".join(log.stage for log in logs if not log.has_platform_lines)
    return f"Durations are missing: platform log lines are off ({names})." if names else ""


def times_of(stack: Stack, logs: Sequence[StageLog], name: str) -> tuple[int, int] | None:
    """Return from when to when, in ms, the invocations ran whose lines name the ID, or None."""
    found = [
        (line["timestamp"] - log.timeout_ms, line["timestamp"] + log.timeout_ms)
        for log in logs
        for line in log.lines(stack, filterPattern=f'"{name}"')
    ]
    starts, ends = zip(*found, strict=True) if found else ((), ())
    return (min(starts), max(ends)) if found else None


@dataclass
class LogReader:
    """Reads the events of several stages from a time on; each read returns what is new.

    `since` and `until` are in ms since the epoch.
    """

    stack: Stack
    logs: Sequence[StageLog]
    since: int
    until: int | None = None
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)
    _running: dict[tuple[str, str], Invocation] = field(default_factory=dict)

    def read(self) -> list[LogEvent]:
        """Return the new events by time, and by stage where the times are equal."""
        end = {} if self.until is None else {"endTime": self.until}
        found: list[LogEvent] = []
        for log in self.logs:
            lines = log.lines(self.stack, startTime=max(self.since, 0), **end)
            # The sort keeps the order of lines with the same time, which are from one stream.
            for line in sorted(lines, key=lambda line: int(line["timestamp"])):
                found += self._unseen(log.stage, line)
        newest = max(self._seen.values(), default=self.since)
        self.since = max(self.since, newest - OVERLAP_MS)
        self._seen = {key: moment for key, moment in self._seen.items() if moment >= self.since}
        return sorted(found, key=lambda event: event.time)

    def follow(self) -> Iterator[list[LogEvent]]:
        """Yield the new events, forever."""
        while True:
            yield self.read()
            time.sleep(POLL_SECONDS)

    def _unseen(self, stage: str, line: Mapping[str, Any]) -> Iterator[LogEvent]:
        key, stream = (stage, line["eventId"]), (stage, line["logStreamName"])
        if key in self._seen:
            return
        self._seen[key] = line["timestamp"]
        content = _content(line["message"].rstrip("\n"))
        if isinstance(content, dict) and is_start(content):
            self._running[stream] = Invocation.started(content)
        running = self._running.setdefault(stream, Invocation())
        event = event_of(stage, line["timestamp"], content, running)
        if says_something(event):
            yield event


class Related:
    """Selects the events that name an ID, and all others of their invocations.

    The attempts of an invocation share its ID, so a later attempt tells whose the failed ones were.
    If all failed, the line of the outcome FAILED names the invocation.
    """

    def __init__(self, name: str) -> None:
        self._names = {name}
        self._waiting = deque[LogEvent](maxlen=LONGEST_WAIT)

    def select(self, events: Iterable[LogEvent]) -> list[LogEvent]:
        """Return the related ones of these and of earlier events, each once."""
        self._waiting.extend(events)
        for event in self._waiting:
            if event.names & self._names:
                self._names |= event.invocations
        selected: list[LogEvent] = []
        for _ in range(len(self._waiting)):
            event = self._waiting.popleft()
            related = event.names & self._names
            (selected if related else self._waiting).append(event)
        return selected


def _content(message: str) -> dict[str, Any] | str:
    try:
        return json_object(message)
    except ValueError:
        return message
