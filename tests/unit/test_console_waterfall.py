"""The waterfall shows what a request waited for, and why a stage failed."""

from console import waterfall
from console.waterfall import Bar, Waterfall
from local.journal import Entry, Timeline, Timelines
from ops.logged_outcomes import LoggedOutcome
from tests.unit.console_entries import FIRST, LAST, Journal

NAMES = {FIRST: "first", LAST: "last"}


def timeline(*entries: Entry) -> Timeline:
    made = Timelines()
    for entry in entries:
        made.add(entry)
    (found,) = made
    return found


def test_a_retried_request_shows_each_attempt_and_what_it_waited_for() -> None:
    on = Journal()
    found = waterfall.of_timeline(
        timeline(
            on.accepted("a"),
            on.of("queued", "a", FIRST, attempt=1),
            on.started("a", FIRST, cold=True, initMilliseconds=7.0),
            on.call("a", FIRST, "PutItem", status=400, code="Throttled"),
            on.failed("a", FIRST),
            on.of("retried", "a", FIRST, attempt=2, seconds=1),
            on.started("a", FIRST, 2),
            on.ended("a", FIRST, 2, status="REJECTED", reason="amount"),
            on.of("queued", "a", LAST, attempt=1),
        ),
        NAMES,
        now=200.0,
    )
    assert found.bars == [
        Bar("accepted", "accepted", 5.0, 10.0, "HTTP 202"),
        Bar("queued", "first: queued", 20.0, 30.0),
        Bar("cold", "first: cold start", 23.0, 30.0),
        Bar("failed", "first", 30.0, 50.0, "Boom: no", ["  File x\n"]),
        Bar("call-failed", "dynamodb PutItem", 38.0, 40.0, "table 400 Throttled"),
        Bar("queued", "first: delayed", 50.0, 70.0),
        Bar("run", "first, attempt 2", 70.0, 80.0, "REJECTED: amount", []),
        Bar("queued", "last: queued", 90.0, 200.0, "waiting now"),
    ]
    assert (found.start, found.span) == (5.0, 195.0)


def test_a_running_and_an_exhausted_event_are_shown_as_such() -> None:
    on = Journal()
    found = waterfall.of_timeline(
        timeline(
            on.started("a", FIRST),
            on.failed("a", FIRST),
            on.of("exhausted", "a", FIRST, errorType="Boom", errorMessage="no"),
            on.started("a", LAST),
            on.call("a", LAST, "PutItem"),
        ),
        NAMES,
        now=100.0,
    )
    assert found.bars == [
        Bar("failed", "first", 10.0, 20.0, "Boom: no", ["  File x\n"]),
        Bar("failed", "first: dead-lettered", 20.0, 20.0, "Lambda stopped retrying."),
        Bar("run", "last", 40.0, 100.0, "", []),
        Bar("call", "dynamodb PutItem", 48.0, 50.0, "table 200"),
    ]


def test_logs_show_when_each_stage_was_done() -> None:
    lines = [
        ("first", LoggedOutcome("a", "order-1", "VALIDATED", "", 110)),
        ("last", LoggedOutcome("a", "order-1", "FAILED", "boom", 150)),
    ]
    assert waterfall.of_lines(lines, 100.0).bars == [
        Bar("logged", "first", 100.0, 110.0, "VALIDATED"),
        Bar("logged", "last", 110.0, 150.0, "FAILED: boom"),
    ]
    assert waterfall.of_lines(lines, None).start == 110.0
    assert waterfall.of_lines([], None) == Waterfall([])


def test_a_bar_is_placed_in_proportion_and_never_vanishes() -> None:
    bars = [
        Bar("run", "a", 0.0, 100.0),
        Bar("run", "b", 25.0, 75.0),
        Bar("call", "c", 100.0, 100.0),
    ]
    drawn = Waterfall(bars)
    assert [(drawn.x(bar), drawn.width(bar)) for bar in bars] == [
        (0.0, 1_000.0),
        (250.0, 500.0),
        (997.0, 3.0),
    ]
