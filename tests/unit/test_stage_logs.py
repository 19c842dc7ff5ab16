"""The lines of all stages, in one order, with the durations of their invocations."""

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

import cli.logs
import cli.main
from cli.logs import print_event
from ops.log_events import LogEvent
from ops.stage_logs import OVERLAP_MS, LogReader, Related, StageLog, times_of
from tests.unit.stacks import STAGES, a_local_file, a_stack, stubbing

DAY = 86_400_000
METRICS = {"durationMs": 12.4, "billedDurationMs": 13, "memorySizeMB": 512, "maxMemoryUsedMB": 78}
TRACE = [
    '  File "/var/task/validator/validator.py", line 7, in f\n    g()\n',
    '  File "/tmp/validator-local/code/contract.py", line 9, in g\n    h()\n',
    '  File "/lib/json.py", line 8, in h\n',
]
ERROR = {"level": "ERROR", "errorMessage": "no answer", "errorType": "TimeoutError"}

type Show = Callable[..., tuple[str, str]]


def outcome(status: str, request_id: str = "request-1", **more: str) -> dict[str, Any]:
    names = {"requestId": request_id, "transactionId": "order-1"}
    return {"level": "INFO", "status": status, **names, **more}


def platform(event: str, invocation: str, **record: Any) -> dict[str, Any]:
    return {"type": f"platform.{event}", "record": {"requestId": invocation, **record}}


def invocation(
    name: str, *lines: dict[str, Any], status: str = "success", **metrics: float
) -> list[dict[str, Any]]:
    """Return the lines of an invocation, between those of the platform."""
    report = platform("report", name, metrics=METRICS | metrics, status=status)
    return [platform("initStart", ""), platform("start", name), *lines, report]


def events(
    first_time: int, *lines: dict[str, Any] | str, stream: str = "one", step: int = 0
) -> list[dict[str, Any]]:
    """Return the events of a log stream, `step` milliseconds apart."""
    return [
        {
            "eventId": f"{stream}-{first_time}-{number}",
            "logStreamName": stream,
            "timestamp": first_time + number * step,
            "message": (line if isinstance(line, str) else json.dumps(line)) + "\n",
        }
        for number, line in enumerate(lines)
    ]


def a_log(stage: str) -> StageLog:
    return StageLog(stage, f"/aws/lambda/{stage}", 60_000, has_platform_lines=True)


def said(found: list[LogEvent]) -> list[tuple[int, str, str]]:
    return [(event.time, event.stage, *event.lines()) for event in found]  # type: ignore[misc]


def an_event(line: dict[str, Any] | str, stage: str = "processor") -> LogEvent:
    if isinstance(line, str):
        return LogEvent(0, stage, text=line)
    return LogEvent(0, stage, line)


def test_lines_are_in_order_of_time_then_stage_and_platform_lines_become_durations() -> None:
    stack = a_stack()
    validated = events(1_000, *invocation("a", outcome("VALIDATED"), initDurationMs=309.6))
    later = events(1_500, *invocation("c", outcome("REJECTED", reason="no")), stream="two")
    processed = events(1_000, *invocation("b", outcome("PROCESSED")), "  plain\n text", step=250)
    with stubbing(stack.logs) as (logs,):
        for group, pages in {"validator": [later, validated], "processor": [processed]}.items():
            for number, page in enumerate(pages):
                expected: dict[str, Any] = {"logGroupName": f"/aws/lambda/{group}", "startTime": 0}
                expected |= {"endTime": 9_000} | ({"nextToken": "more"} if number else {})
                more = {"nextToken": "more"} if number + 1 < len(pages) else {}
                logs.add_response("filter_log_events", {"events": page, **more}, expected)
        stages = [a_log("validator"), a_log("processor")]
        found = LogReader(stack, stages, since=-5, until=9_000).read()

    assert said(found) == [
        (1_000, "validator", "VALIDATED  order-1  request-1"),
        (1_000, "validator", "12 ms, cold 310 ms, 78 MB  order-1"),
        (1_500, "validator", "REJECTED  order-1  request-1  reason: no"),
        (1_500, "validator", "12 ms, 78 MB  order-1"),
        (1_500, "processor", "PROCESSED  order-1  request-1"),
        (1_750, "processor", "12 ms, 78 MB  order-1"),
        (2_000, "processor", "  plain", " text"),
    ]
    assert [event.invocation_id for event in found] == ["a", "a", "c", "c", "b", "b", "b"]
    assert found[1].report() == {
        "time": "1970-01-01T00:00:01.000Z",
        "stage": "validator",
        "kind": "durations",
        "invocationId": "a",
        "transactionId": "order-1",
        "line": platform(
            "report", "a", metrics=METRICS | {"initDurationMs": 309.6}, status="success"
        ),
    }
    assert found[-1].report()["line"] == "  plain\n text"


def test_each_line_is_read_once_although_late_ones_are_looked_for() -> None:
    stack = a_stack()
    first = events(DAY, *invocation("a", outcome("VALIDATED")))
    late = events(DAY - 1, outcome("REJECTED"), stream="late")
    with stubbing(stack.logs) as (logs,):
        for since, page in {0: first[:3], DAY - OVERLAP_MS: [*late, *first]}.items():
            group = {"logGroupName": "/aws/lambda/validator"}
            logs.add_response("filter_log_events", {"events": page}, group | {"startTime": since})
        reader = LogReader(stack, [a_log("validator")], since=0)

        assert said(reader.read()) == [(DAY, "validator", "VALIDATED  order-1  request-1")]
        assert said(reader.read()) == [
            (DAY - 1, "validator", "REJECTED  order-1  request-1"),
            (DAY, "validator", "12 ms, 78 MB  order-1"),
        ]


@pytest.mark.parametrize(
    ("line", "kind", "shown"),
    [
        (
            {**ERROR, "requestId": "a", "stackTrace": TRACE},
            "error",
            [
                "ERROR TimeoutError: no answer",
                '  File "src/validator/validator.py", line 7, in f',
                "    g()",
                '  File "src/contract.py", line 9, in g',
                "    h()",
                '  File "/lib/json.py", line 8, in h',
            ],
        ),
        (ERROR | {"stackTrace": "none"}, "error", ["ERROR TimeoutError: no answer"]),
        (
            {"level": "ERROR", "message": "late", "errorType": "E", "stackTrace": [7]},
            "error",
            ["ERROR late: E", "7"],
        ),
        ({"level": "WARNING", "message": "slow\nly"}, "line", ["WARNING slow", "ly"]),
        ({"message": {"a": 1}}, "line", ['{"message": {"a": 1}}']),
        ({"status": ["X"], "requestId": None, "b": "c"}, "outcome", ["['X']  b: c"]),
        (
            platform(
                "report", "a", metrics=METRICS, status="timeout", errorType="Sandbox.Timedout"
            ),
            "durations",
            ["12 ms, 78 MB, timeout, Sandbox.Timedout"],
        ),
        (
            {"type": "platform.report", "record": {"metrics": {"durationMs": "12"}}},
            "line",
            ['{"type": "platform.report", "record": {"metrics": {"durationMs": "12"}}}'],
        ),
        ("text", "line", ["text"]),
    ],
)
def test_a_line_says_what_was_logged(
    line: dict[str, Any] | str, kind: str, shown: list[str]
) -> None:
    event = an_event(line)
    assert (event.kind, event.lines()) == (kind, shown)


def test_an_id_selects_whole_invocations_and_the_attempts_that_failed() -> None:
    stack = a_stack()
    error = {**ERROR, "requestId": "b", "stackTrace": TRACE}
    unlucky = events(
        1_000,
        *invocation("b", error, status="error"),
        *invocation("x", outcome("PROCESSED", "other") | {"transactionId": "order-2"}),
        step=1,
    )
    again = events(2_000, *invocation("b", error, status="error"), stream="two")
    failed = outcome("FAILED", failedInvocation="b")
    end = events(3_000, *invocation("c", failed), stream="three")
    with stubbing(stack.logs) as (logs,):
        for page in (unlucky, [*unlucky, *again], end):
            logs.add_response("filter_log_events", {"events": page})
        reader, related = LogReader(stack, [a_log("processor")], since=0), Related("request-1")

        assert [related.select(reader.read()) for _ in range(2)] == [[], []]
        selected = related.select(reader.read())

    assert [(event.time, event.kind, event.failed) for event in selected] == [
        (1_002, "error", True),
        (1_003, "durations", True),
        (2_000, "error", True),
        (2_000, "durations", True),
        (3_000, "outcome", False),
        (3_000, "durations", False),
    ]
    assert related.select([]) == []


def test_without_platform_lines_no_line_is_taken_for_a_neighbors() -> None:
    stack = a_stack()
    first, last = outcome("VALIDATED"), {**ERROR, "requestId": "b", "stackTrace": TRACE}
    with stubbing(stack.logs) as (logs,):
        logs.add_response("filter_log_events", {"events": events(1, first, "text", last)})
        found = LogReader(stack, [a_log("validator")], since=0).read()
    assert [(event.invocation_id, event.names) for event in found] == [
        ("", {"order-1", "request-1"}),
        ("", set()),
        ("b", {"b"}),
    ]


def test_the_lines_that_name_an_id_tell_when_its_invocations_ran() -> None:
    stack = a_stack()
    logs_of = [a_log("validator"), a_log("notifier")]
    with stubbing(stack.logs) as (logs,):
        for log, page in zip(logs_of, [events(DAY, "a"), events(DAY + 9, "b")], strict=True):
            expected = {"logGroupName": log.group, "filterPattern": '"order-1"'}
            logs.add_response("filter_log_events", {"events": page}, expected)
        assert times_of(stack, logs_of, "order-1") == (DAY - 60_000, DAY + 60_009)
        logs.add_response("filter_log_events", {"events": []})
        assert times_of(stack, logs_of[:1], "order-1") is None


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Return a function that runs the command on canned lines and returns its output."""

    def run(
        pages: list[list[dict[str, Any]]], *, system_level: str = "INFO", **options: Any
    ) -> tuple[str, str]:
        stack = a_stack()
        with stubbing(stack.functions, stack.logs) as (functions, logs):
            for stage in [options["stage"]] if "stage" in options else STAGES:
                logging = {"LogGroup": f"/aws/lambda/{stage}", "SystemLogLevel": system_level}
                functions.add_response(
                    "get_function_configuration",
                    {"Timeout": 60, "LoggingConfig": logging},
                    {"FunctionName": f"{stage}_function_name"},
                )
            for page in pages:
                logs.add_response("filter_log_events", {"events": page})
            defaults = {"stage": None, "tail": False, "name": None, "as_json": False}
            callback: Any = cli.logs.command.callback
            callback.__wrapped__(stack, **{**defaults, **options})
        return capsys.readouterr()

    return run


def test_says_which_stages_log_no_durations(show: Show) -> None:
    output, errors = show([[]] * len(STAGES), system_level="WARN")
    assert (output, errors.splitlines()) == (
        "",
        [
            f"Durations are missing: platform log lines are off ({', '.join(STAGES)}).",
            "No lines in the last hour.",
        ],
    )


def test_shows_the_lines_of_one_stage_as_json(show: Show) -> None:
    lines = events(DAY, *invocation("a", outcome("PROCESSED")))
    output, errors = show([lines], stage="processor", as_json=True)
    shown = [json.loads(line) for line in output.splitlines()]
    assert [(line["stage"], line["kind"], line["transactionId"]) for line in shown] == [
        ("processor", "outcome", "order-1"),
        ("processor", "durations", "order-1"),
    ]
    assert errors == ""


def test_an_id_that_no_line_names_exits_with_1(
    show: Show, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        show([[], []], stage="processor", name="never-sent")
    assert (raised.value.code, capsys.readouterr()) == (1, ("", "No line names never-sent.\n"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "'nothing' is not a stage of the stack; it has validator, processor, fraud-"),
        (["--id", "../x"], "Invalid value for --id: '../x' must be 1 to 64 of A-Z a-z 0-9 . _ -"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli.main.cli, ["logs", *arguments, "--local", a_local_file(tmp_path)]
    )
    assert result.exit_code == 2
    assert result.output.splitlines()[-1].startswith(f"Error: {message}")


def printed(event: LogEvent, *, width: int, terminal: bool) -> list[str]:
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system=None, soft_wrap=True
    )
    print_event(console, event, STAGES)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_terminal_wraps_in_columns_and_a_pipe_gets_one_line() -> None:
    moment = round(datetime.now(UTC).timestamp()) * 1_000
    clock = f"{datetime.fromtimestamp(moment / 1_000, UTC).astimezone():%H:%M:%S}.000"
    line = outcome("REJECTED", "7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f46", reason="[red]no[/red]")
    event = LogEvent(moment, "validator", line)
    assert printed(event, width=60, terminal=True) == [
        f"{clock} validator   REJECTED  order-1",
        "                         7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f4",
        "                         6  reason: [red]no[/red]",
    ]
    (whole,) = printed(event, width=60, terminal=False)
    assert whole == f"{clock} validator   {event.lines()[0]}"


def test_a_traceback_is_whole_and_indented_and_an_old_line_has_its_date() -> None:
    event = LogEvent(DAY, "processor", {**ERROR, "stackTrace": TRACE})
    first, *rest = printed(event, width=20, terminal=False)
    assert re.fullmatch(
        r"1970-01-0[12] \d\d:00:00.000 processor   ERROR TimeoutError: no answer", first
    )
    assert rest == [f"    {line}" for line in event.lines()[1:]]


def test_no_line_can_steer_the_terminal() -> None:
    line = {"level": "INFO", "message": "a\x1b[2Jb\r\tc\u202e\ud800"}
    (shown,) = printed(LogEvent(DAY, "validator", line), width=200, terminal=True)
    assert shown.endswith(r"INFO a\x1b[2Jb\r\tc\u202e\ud800")
