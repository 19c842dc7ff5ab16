"""The load test: schedule and results."""

import json
import math
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import requests
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from cli.main import cli
from ops import load_result
from ops.foreign import Foreign
from ops.input_files import Submission
from ops.load import bodies, observed, sent_by
from ops.load_result import LoadResult, Timeline
from ops.reconciliation import STATES, Accepted, Discrepancy, Reconciliation
from ops.submission import ApiResponse
from ops.submitter import Submitter
from ops.subscriber import Notification, Subscriber
from ops.transaction import Content, a_body
from tests.unit.stacks import STAGES, a_local_file, a_stack, stubbing

START = 1_000.0


def a_sent(number: int = 0, *, http_status: int = 202, late: float = 0.0) -> Timeline:
    """Return one of four transactions per second, with a response after 20 ms."""
    due = START + number / 4
    (body,) = bodies(f"load-{number}-", 1)
    response = ApiResponse(http_status, f"request-{number}", "", due + late, due + late + 0.02)
    return Timeline(body, due, response)


def a_timeline(number: int) -> Timeline:
    """Return a timeline: validated at 10 ms, recorded at 40 ms, notified at 100 ms + `number` s."""
    accepted = START + number / 4
    times = {
        "accepted": accepted,
        "validator": accepted + 0.01,
        "processor": accepted + 0.04,
        "fraud-check": accepted + 0.07,
        "notified": accepted + 0.1 + number,
    }
    return replace(a_sent(number), times=times)


def a_load(*more: Timeline, reconciliation: Reconciliation | None = None) -> LoadResult:
    timelines = [*map(a_timeline, range(4)), *more]
    reconciled = Reconciliation({f"request-{number}": "RECORDED" for number in range(4)}, {})
    return LoadResult("https://api", 4.0, STAGES, timelines, reconciliation or reconciled)


def a_submitter(count: int, **settings: Any) -> Submitter:
    submissions = [Submission(body) for body in bodies("load-a-", count)]
    return Submitter(a_stack(), submissions, **settings)


def test_each_transaction_has_its_own_id_and_is_due_at_a_steady_rate() -> None:
    submitter = a_submitter(3, rate=4, start=START)
    assert [submitter.due_at(place) for place in range(3)] == [START, START + 0.25, START + 0.5]
    assert [body["transactionId"] for body in bodies("load-a-", 3)] == [
        "load-a-0",
        "load-a-1",
        "load-a-2",
    ]


def test_the_accepted_request_has_the_exact_amount() -> None:
    sent = Timeline(bodies("load-a-", 30)[29], START, ApiResponse(202, "request", "", START))
    expected = a_body(transactionId="load-a-29", amount=Decimal("1.29"), source="load")
    assert sent.accepted_request == Accepted("request", Content.of(expected))


@pytest.fixture
def _unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests.Session, "post", Mock(side_effect=requests.ConnectionError))


@pytest.mark.usefixtures("_unreachable")
def test_a_stop_drops_transactions_that_wait_for_a_thread() -> None:
    submitter = a_submitter(20, parallel=1)
    submitter.on_response = lambda *_: submitter.over.set()
    submitter.run()
    assert len(sent_by(submitter)) == 1


@pytest.mark.usefixtures("_unreachable")
def test_counts_missing_responses() -> None:
    submitter = a_submitter(2, rate=100)
    submitter.run()
    sent = sent_by(submitter)
    assert [one.response.status for one in sent] == ["no answer", "no answer"]
    assert [one.due_at for one in sent] == [submitter.start, submitter.start + 0.01]
    assert all(one.due_at <= one.response.sent_at <= one.response.responded_at for one in sent)


@given(st.lists(st.integers().map(float), min_size=1), st.integers(1, 100))
def test_a_percentile_is_of_the_nearest_rank(values: list[float], percent: int) -> None:
    found = load_result.percentile(values, percent)
    needed = math.ceil(len(values) * percent / 100)
    assert sum(value <= found for value in values) >= needed
    assert sum(value < found for value in values) < needed


def test_the_backlog_is_accepted_but_not_notified() -> None:
    load = a_load()
    assert load.accepted == [(0.0, 1), (0.25, 2), (0.5, 3), (0.75, 4)]
    heights = [height for _, height in load_result.backlog(load)]
    assert heights == [1, 0, 1, 2, 3, 2, 1, 0]


def test_sums_a_load_up() -> None:
    throttled = a_sent(4, http_status=429, late=0.5)
    unnotified = a_sent(5)
    summary = load_result.summary(a_load(throttled, unnotified))
    latencies = summary.pop("latencies")
    assert summary == {
        "endpoint": "https://api",
        "submitted": 6,
        "accepted": 5,
        "recorded": 4,
        "notified": 4,
        "clientErrors": {"429": 1},
        "rate": {"target": 4.0, "achieved": 3.3, "late": 1},
        "backlogPeak": 4,
        "seconds": 3.9,
        "requests": dict.fromkeys(STATES, 0) | {"RECORDED": 4},
        "discrepancies": {},
        "inconsistent": {},
        "foreign": {},
        "reconciled": True,
    }
    assert {name: (hop["count"], hop["p50"], hop["max"]) for name, hop in latencies.items()} == {
        "POST to response": (5, 20.0, 20.0),
        "accepted to validator": (4, 10.0, 10.0),
        "validator to processor": (4, 30.0, 30.0),
        "processor to fraud-check": (4, 30.0, 30.0),
        "fraud-check to notified": (4, 1_030.0, 3_030.0),
        "accepted to notified": (4, 1_100.0, 3_100.0),
    }


def test_returns_sentences() -> None:
    assert load_result.sentences(a_load()) == [
        "4 submitted at 4.0 per second (target: 4).",
        "4 accepted, 4 recorded, 4 notified.",
        "Peak backlog: 3.",
        "Every accepted request is reconciled.",
    ]


def test_returns_sentences_about_discrepancies() -> None:
    lost = Reconciliation(
        {"request-0": Discrepancy.LOST}, {"load-1-0": Discrepancy.MULTIPLE_COPIES}
    )
    late = a_sent(4, http_status=429, late=0.5)
    assert load_result.sentences(a_load(late, reconciliation=lost))[2:] == [
        "The target rate was not achieved: 1 left late.",
        "Not accepted: 429 (1).",
        "Peak backlog: 3.",
        "Discrepancies: LOST, MULTIPLE_COPIES.",
    ]


def test_returns_a_sentence_about_each_foreign_thing() -> None:
    foreign = [Foreign("notification", "message-1", "is not a JSON object")]
    found = Reconciliation({}, {}, foreign=foreign)
    assert load_result.sentences(a_load(reconciliation=found))[3:] == [
        "Foreign: notification message-1: is not a JSON object."
    ]


def test_waits_for_log_lines_that_cannot_be_read_yet() -> None:
    stack = a_stack()
    notification = Notification({"timestamp": 1_000_000}, {}, received_at=1_000.5)
    notifications = Subscriber(stack, "", {"request-0": [notification]})

    silence: dict[str, object] = {"events": []}

    def line(timestamp: int) -> dict[str, object]:
        message = json.dumps({"status": "PROCESSED", "requestId": "request-0"})
        return {"events": [{"message": message, "timestamp": timestamp}]}

    lines = [line(1_000_100), line(1_000_200), line(1_000_300)]
    with stubbing(stack.logs) as [logs]:
        for response in (silence, *lines[1:], *lines):
            logs.add_response("filter_log_events", response)
        (seen,) = observed(stack, [a_sent()], notifications, 0)

    assert seen.times == {
        "accepted": 1_000.0,
        "validator": 1_000.1,
        "processor": 1_000.2,
        "fraud-check": 1_000.3,
        "notified": 1_000.5,
    }


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            ["--rate=501", "--count=1"],
            "Invalid value for '--rate': '501' must be a number from 0.001 to 500",
        ),
        (
            ["--rate=nan", "--count=1"],
            "Invalid value for '--rate': 'nan' must be a number from 0.001 to 500",
        ),
        (
            ["--rate=1", "--count=100001"],
            "Invalid value for '--count': 100001 is not in the range 1<=x<=100000.",
        ),
        (
            ["--rate=1", "--count=7200"],
            "Invalid value for --count: 7200 at 1 a second would take 2.0 hours; at most one",
        ),
        (
            ["--rate=1", "--count=1", "--report=load.pdf"],
            "Invalid value for --report: load.pdf: the name must end in .html or .svg",
        ),
        (
            ["--rate=1", "--count=1", "--report=no/a.svg"],
            "Invalid value for --report: no/a.svg cannot be written: No such file or directory",
        ),
    ],
)
def test_names_the_flag_of_an_excessive_value(
    tmp_path: Path, flags: list[str], sentence: str
) -> None:
    result = load_command(tmp_path, *flags)
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == f"Error: {sentence}"


def test_an_interrupted_load_names_the_command_to_check_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.load.run", Mock(side_effect=KeyboardInterrupt))
    result = load_command(tmp_path, "--rate=1", "--count=1")
    assert result.exit_code == 130
    assert re.fullmatch(
        r"Interrupted. To check what was submitted: pipeline audit --prefix load-[0-9a-f]{8}-\n",
        result.output,
    )


def test_a_report_that_cannot_be_written_leaves_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere := tmp_path / "load.svg").symlink_to("/dev/full")
    monkeypatch.setattr("cli.load.run", Mock(return_value=a_load()))
    result = load_command(tmp_path, "--rate=4", "--count=4", f"--report={nowhere}")
    assert result.exit_code == 2
    *_, results, error = result.output.splitlines()
    assert results == "Every accepted request is reconciled."
    assert error == f"Error: --report: {nowhere} cannot be written: No space left on device"


def load_command(tmp_path: Path, *flags: str) -> Result:
    return CliRunner().invoke(cli, ["load", "--local", a_local_file(tmp_path), *flags])
