"""On AWS, the list comes from the logs, newest first, and the end of a request from its outcome."""

import json
from typing import Any

import pytest
from botocore.stub import ANY

from console.activity import PAGE_SIZE, Page, Query, RequestSummary
from console.logged import LogSource
from console.waterfall import Bar, Waterfall
from contract import outcome_item
from ops.logged_outcomes import stack_trace
from ops.stack import Stack
from tests.unit.stacks import STAGES, a_stack, stubbing

TABLE = "outcomes_table_name"
NOW = 1_000_000_000.0


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: NOW / 1_000)


def line(request_id: str, at: float, status: str = "PROCESSED", **more: str) -> dict[str, Any]:
    logged = {"status": status, "requestId": request_id, "transactionId": f"t-{request_id}", **more}
    return {"timestamp": round(at), "message": json.dumps(logged)}


def add_window(logs: Any, *by_stage: list[dict[str, Any]]) -> None:
    """Queue the response of each stage's log for a window."""
    for index in range(len(STAGES)):
        events = by_stage[index] if index < len(by_stage) else []
        logs.add_response("filter_log_events", {"events": events})


def add_outcomes(dynamodb: Any, *items: dict[str, Any]) -> None:
    found = {"Responses": {TABLE: [*items]}, "UnprocessedKeys": {}}
    dynamodb.add_response("batch_get_item", found, {"RequestItems": ANY})


def source(stack: Stack) -> LogSource:
    return LogSource(stack)


def test_windows_grow_until_a_page_is_full() -> None:
    stack = a_stack()
    old = [line(f"r{number}", NOW - 10_000 - number) for number in range(PAGE_SIZE + 1)]
    with stubbing(stack.logs) as (logs,):
        add_window(logs, [line("new", NOW - 10)], [], [], [line("new", NOW - 5, "CONFLICT")])
        add_window(logs, old, [], [], old)
        page = source(stack).page(Query())

    assert page.requests[0] == RequestSummary(
        round(NOW - 10), "new", "t-new", "CONFLICT", "", NOW - 10, NOW - 5
    )
    assert (len(page.requests), page.older) == (PAGE_SIZE, round(NOW - 10_000 - PAGE_SIZE + 2))


def test_a_page_ends_with_a_whole_millisecond() -> None:
    stack = a_stack()
    same = [line(f"r{number}", NOW - 10) for number in range(PAGE_SIZE + 5)]
    with stubbing(stack.logs) as (logs,):
        add_window(logs, same, [], [], same)
        page = source(stack).page(Query())
    assert (len(page.requests), page.older) == (PAGE_SIZE + 5, round(NOW - 10))


def test_a_request_without_its_last_line_has_the_status_of_its_outcome() -> None:
    stack = a_stack()
    with stubbing(stack.logs, stack.dynamodb) as (logs, dynamodb):
        add_window(logs, [line("a", NOW - 20, "VALIDATED"), line("b", NOW - 30, "VALIDATED")])
        item = outcome_item({"requestId": "a", "status": "FAILED", "reason": "boom"}, 1)
        add_outcomes(dynamodb, item)
        page = source(stack).page(Query(since=NOW - 1_000))
    assert [(one.request_id, one.status, one.reason) for one in page.requests] == [
        ("a", "FAILED", "boom"),
        ("b", "IN_PROGRESS", ""),
    ]


def test_older_pages_and_periods_bound_what_is_read() -> None:
    stack = a_stack()
    with stubbing(stack.logs) as (logs,):
        for stage in stack.stages:
            asked = {
                "logGroupName": f"/aws/lambda/{stage.function_name}",
                "filterPattern": '"level" "status" "requestId"',
                "startTime": round(NOW) - 600,
                "endTime": round(NOW) - 501,
            }
            logs.add_response("filter_log_events", {"events": []}, asked)
        page = source(stack).page(Query(before=round(NOW) - 500, since=NOW - 600))
    assert page == Page([], None)


def test_a_request_is_drawn_from_its_acceptance_to_its_last_line() -> None:
    stack = a_stack()
    with stubbing(stack.logs, stack.dynamodb) as (logs, dynamodb):
        lines = [[line("a", NOW - 20, "VALIDATED"), line("b", NOW)], [line("a", NOW - 10)]]
        add_window(logs, *lines)
        recorded = {"requestId": "a", "status": "PROCESSED", "timestamp": NOW - 50}
        add_outcomes(dynamodb, outcome_item({**recorded, "timestamp": round(NOW - 50)}, 1))
        drawn = source(stack).waterfall_of("a")
        add_window(logs)
        assert source(stack).waterfall_of('x"') == Waterfall([])
    assert drawn.bars == [
        Bar("logged", "validator", NOW - 50, NOW - 20, "VALIDATED"),
        Bar("logged", "processor", NOW - 20, NOW - 10, "PROCESSED"),
    ]


def test_a_traceback_is_found_by_its_invocation() -> None:
    stack = a_stack()
    asked = {
        "logGroupName": "/aws/lambda/f",
        "filterPattern": '"i-1" "stackTrace"',
        "startTime": 0,
    }
    events = [
        {"message": "not JSON"},
        {"message": json.dumps({"stackTrace": ["old"]})},
        {"message": json.dumps({"stackTrace": ["  File\n", 1]})},
        {"message": json.dumps({"stackTrace": "no list"})},
    ]
    with stubbing(stack.logs) as (logs,):
        logs.add_response("filter_log_events", {"events": events}, asked)
        assert stack_trace(stack, "f", "i-1") == ["  File\n", "1"]
