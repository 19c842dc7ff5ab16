"""What the terminal shows of a transaction that ended."""

import io
import time
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from cli.options import printable
from cli.transaction_lines import ends, lines
from local.journal import Entry, Timelines
from tests.unit.stacks import a_stack

STAGES = a_stack().stages
FUNCTIONS = [stage.function_name for stage in STAGES]
NOON = 1_767_268_800_000.0
TRACE = [
    '  File "/tmp/lambda/one/code/processor/processor.py", line 9, in record\n    put(table)\n',
    '  File "/venv/lib/python3.13/site-packages/botocore/client.py", line 606, in _api_call\n',
]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "localtime", time.gmtime)


def entry(event: str, function: str = "", **facts: Any) -> Entry:
    known = {"event": event, "requestId": "r-1", "time": NOON, "function": function}
    return {**known, "invocationId": function, **facts}


def attempt(function: str, number: int = 1, **facts: Any) -> list[Entry]:
    ended = {"result": "success", "milliseconds": 3.4, "status": "", "reason": ""}
    errors = {"errorType": "", "errorMessage": "", "stackTrace": []}
    return [
        entry("started", function, attempt=number, cold=False),
        entry("ended", function, **{**ended, **errors, **facts}),
    ]


def failed(function: str, number: int, **facts: Any) -> list[Entry]:
    error = {"errorType": "ClientError", "errorMessage": "denied", "stackTrace": TRACE}
    return attempt(function, number, **{"result": "error", **error, **facts})


def shown(entries: list[Entry], width: int = 120) -> str:
    timelines = Timelines()
    for one in entries:
        timelines.add(one)
    (timeline,) = timelines
    return lines(timeline, STAGES, NOON, width).plain


ACCEPTED = entry("accepted", transactionId="order-1001", milliseconds=1.0)
VALIDATOR, PROCESSOR, CHECK, NOTIFIER = FUNCTIONS
ENDED = [ACCEPTED, *attempt(VALIDATOR), *attempt(PROCESSOR), *attempt(CHECK)]


def test_a_line_has_time_id_status_durations_and_reason() -> None:
    cold = entry("started", NOTIFIER, attempt=1, cold=True, initMilliseconds=187.6)
    _, end = attempt(NOTIFIER, status="REJECTED", reason="too low", milliseconds=20)

    assert shown([*ENDED, cold, end]) == (
        "12:00:00  order-1001            REJECTED    "
        "validator 3  processor 3  fraud-check 3  notifier 20 (cold 188) ms  too low"
    )


def test_a_narrow_terminal_gets_shorter_durations_and_the_reason_below() -> None:
    text = shown([*ENDED, *attempt(NOTIFIER, status="REJECTED", reason="too low " * 8)], 60)

    assert text.split("\n") == [
        "12:00:00  order-1001            REJECTED    3/3/3/3 ms",
        "          too low too low too low too low too low too low",
        "          too low too low",
    ]


def test_the_errors_of_failed_attempts_are_below_the_line() -> None:
    processor = [*failed(PROCESSOR, 1), *failed(PROCESSOR, 2), *attempt(PROCESSOR, 3)]
    entries = [ACCEPTED, *attempt(VALIDATOR), *processor, *attempt(NOTIFIER, status="PROCESSED")]

    assert shown(entries).split("\n")[1:] == [
        "          processor, attempts 1, 2: ClientError: denied",
        '            File "src/processor/processor.py", line 9, in record',
        "              put(table)",
        '            File "botocore/client.py", line 606, in _api_call',
    ]


def test_a_timeout_has_its_message_alone() -> None:
    late = {"result": "timeout", "errorType": "Sandbox.Timedout", "errorMessage": "60 s\nover"}
    entries = [*failed(NOTIFIER, 1, stackTrace=[], **late), entry("exhausted", NOTIFIER)]

    assert shown(entries).split("\n") == [
        "12:00:00  r-1                   UNNOTIFIED  notifier 3 ms",
        "          notifier, attempt 1: Sandbox.Timedout: 60 s",
        "          over",
    ]


@pytest.mark.parametrize("width", [60, 120])
def test_no_text_leaves_its_lines_or_controls_the_terminal(width: int) -> None:
    hostile = "\x1b[2J\r\u202e4111-1111-1111-1111 " * 9
    sent = entry("accepted", transactionId=hostile, milliseconds=1.0)
    end = failed(VALIDATOR, 1, errorMessage=hostile, stackTrace=[hostile])
    last = attempt(NOTIFIER, status="FAILED", reason=hostile)

    text = shown([sent, *end, *last], width)

    assert all(line.isprintable() and len(line) <= width for line in text.split("\n"))
    assert "1111" not in text
    assert r"\x1b[2J\r\u202e(card-like)" in text.replace("\n", "")


def test_a_uuid_is_not_masked() -> None:
    line = "notifier  FAILED  failedInvocation: 12345678-1234-1234-1234-123456789012"

    assert printable(line) == line


def test_a_redriven_event_shows_its_last_invocation() -> None:
    again = {"invocationId": "again"}
    second = [{**one, **again} for one in attempt(NOTIFIER, status="PROCESSED")]
    entries = [*ENDED, *failed(NOTIFIER, 3), entry("exhausted", NOTIFIER), *second]

    assert shown(entries) == (
        "12:00:00  order-1001            PROCESSED   "
        "validator 3  processor 3  fraud-check 3  notifier 3 ms"
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (attempt(NOTIFIER)[1], True),
        (entry("exhausted", NOTIFIER), True),
        (failed(NOTIFIER, 1)[1], False),
        (attempt(PROCESSOR)[1], False),
        (ACCEPTED, False),
    ],
)
def test_a_transaction_ends_with_its_last_stage(one: Entry, expected: bool) -> None:
    assert ends(one, STAGES) is expected


def test_colors_are_those_of_the_status() -> None:
    timelines = Timelines()
    for one in [*ENDED, *attempt(NOTIFIER, status="PROCESSED")]:
        timelines.add(one)
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", width=120)
    (timeline,) = timelines
    text = lines(timeline, STAGES, NOON, 120)

    console.print(text)

    assert isinstance(text, Text)
    assert "\x1b[32mPROCESSED " in out.getvalue()
