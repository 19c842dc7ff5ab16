"""The console sums up what the journal shows: statuses, counts, pages."""

from collections.abc import Callable

import pytest

from console.activity import Activity, Query
from local.journal import Entry
from tests.unit.console_entries import FIRST, LAST, Journal
from tests.unit.stacks import STAGES, a_stack


def activity(*entries: Entry) -> Activity:
    made = Activity(a_stack().stages)
    made.add(entries)
    return made


def names(made: Activity, query: Query) -> list[str]:
    return [one.request_id for one in made.page(query).requests]


type Step = Callable[[Journal], Entry]

WAY: list[tuple[Step, str, tuple[int, int, int, int, int]]] = [
    (lambda on: on.accepted("a"), "IN_PROGRESS", (0, 0, 0, 0, 0)),
    (lambda on: on.of("queued", "a", LAST, attempt=1), "IN_PROGRESS", (1, 0, 0, 0, 0)),
    (lambda on: on.started("a", LAST, cold=True), "IN_PROGRESS", (0, 0, 1, 0, 0)),
    (lambda on: on.failed("a", LAST), "IN_PROGRESS", (0, 0, 0, 0, 1)),
    (lambda on: on.of("retried", "a", LAST, attempt=2, seconds=1), "RETRYING", (0, 1, 0, 0, 1)),
    (lambda on: on.started("a", LAST, 2), "IN_PROGRESS", (0, 0, 1, 0, 1)),
    (lambda on: on.failed("a", LAST, 2), "IN_PROGRESS", (0, 0, 0, 0, 2)),
    (
        lambda on: on.of("exhausted", "a", LAST, errorType="Boom", errorMessage="no"),
        "DEAD_LETTERED",
        (0, 0, 0, 0, 2),
    ),
    (lambda on: on.of("queued", "a", LAST, attempt=1), "DEAD_LETTERED", (1, 0, 0, 0, 2)),
    (lambda on: on.started("a", LAST), "DEAD_LETTERED", (0, 0, 1, 0, 2)),
    (lambda on: on.ended("a", LAST, status="PROCESSED"), "PROCESSED", (0, 0, 0, 1, 2)),
]


def test_a_request_is_followed_through_retries_and_a_redrive() -> None:
    journal, made = Journal(), Activity(a_stack().stages)
    seen = []
    for step, _, _ in WAY:
        made.add([step(journal)])
        found, stage = made.summary_of("a"), made.stages[LAST]
        assert found
        states = (len(stage.waiting), len(stage.retrying), len(stage.running))
        seen.append((found.status, (*states, stage.succeeded, stage.failed)))

    assert seen == [(status, counts) for _, status, counts in WAY]
    last = made.summary_of("a")
    assert last
    assert last.milliseconds == 100.0


def test_calls_count_if_they_succeeded() -> None:
    on = Journal()
    made = activity(
        on.call("a", FIRST, "PutItem"),
        on.call("a", FIRST, "PutItem", status=400),
        on.call("a", "a function of another stack", "PutItem"),
    )
    assert made.calls == {(FIRST, "PutItem"): 1}
    assert made.last == 3


def test_a_foreign_invocation_without_a_request_is_counted_and_not_listed() -> None:
    on = Journal()
    made = activity(on.of("queued", "", FIRST, attempt=1))
    assert len(made.stages[FIRST].waiting) == 1
    assert names(made, Query()) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), ["c", "b", "a"]),
        (Query(text="order-2"), ["b"]),
        (Query(text="a"), ["a"]),
        (Query(status="CONFLICT"), ["c"]),
        (Query(since=80.0), ["c", "b"]),
        (Query(status="FAILED"), []),
    ],
)
def test_the_list_is_filtered_by_id_status_and_time(query: Query, found: list[str]) -> None:
    on = Journal()
    made = activity(
        *on.processed("a", "order-1"),
        *on.processed("b", "order-2"),
        *on.processed("c", "order-3", "CONFLICT"),
    )
    assert names(made, query) == found


def test_the_list_has_pages_and_outlives_the_timelines() -> None:
    on = Journal()
    made = Activity(a_stack().stages)
    made.add(on.accepted(f"r{number}", f"order-{number}") for number in range(2_100))

    first = made.page(Query())
    second = made.page(Query(before=first.older))
    oldest = made.page(Query(before=51))

    assert [one.request_id for one in first.requests][::49] == ["r2099", "r2050"]
    assert second.requests[0].request_id == "r2049"
    assert (len(oldest.requests), oldest.older) == (50, None)
    assert (made.timeline_of("r0"), made.summary_of("r0") is None) == (None, False)
    assert made.timeline_of("r2099") is not None


def test_the_oldest_requests_are_dropped_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.activity.KEPT_REQUESTS", 2)
    on = Journal()
    made = activity(*(on.accepted(name) for name in "abc"))
    assert (names(made, Query()), made.accepted) == (["c", "b"], 3)


def test_every_stage_of_the_stack_is_counted() -> None:
    assert [*activity().stages] == [f"{name}_function_name" for name in STAGES]
