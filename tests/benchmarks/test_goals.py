"""A goal is met by the median of its rounds' ratios; a missed one needs a reason."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.goals import GOALS, Goal
from benchmarks.notes import LeftOut, Notes, problems
from benchmarks.sampling import Summary

GOAL = Goal("name", "what", "benchmark", "ours", "baseline", at_most=0.5)
COUNT = Goal("name", "what", "benchmark", "ours", None, at_most=3)


def measured(ours: list[float], baseline: list[float]) -> dict[str, Any]:
    variants = {"ours": {"samples": ours}, "baseline": {"samples": baseline}}
    return {"benchmarks": {"benchmark": {"variants": variants}}}


def test_the_ratio_is_that_of_samples_of_the_same_round() -> None:
    data = measured([1.0, 2.0, 9.0], [4.0, 4.0, 18.0])  # 0.25, 0.5, 0.5
    assert GOAL.measured(data) == Summary(median=0.5, lower=0.375, upper=0.5)
    assert GOAL.met(data)


def test_a_common_part_is_subtracted_from_both() -> None:
    data = measured([3.0, 5.0], [5.0, 9.0])
    data["benchmarks"]["benchmark"]["variants"]["floor"] = {"samples": [1.0, 1.0]}
    assert replace(GOAL, without="floor").measured(data) == Summary(0.5, 0.5, 0.5)


def test_a_goal_is_missed_by_a_median_above_it() -> None:
    assert not GOAL.met(measured([1.0, 3.0, 3.0], [4.0, 4.0, 4.0]))


def test_a_count_is_against_nothing() -> None:
    assert COUNT.measured(measured([3.0, 3.0, 4.0], [])) == Summary(3.0, 3.0, 3.5)


def test_a_goal_without_samples_is_not_met() -> None:
    nothing: dict[str, Any] = {"benchmarks": {}}
    assert GOAL.measured(nothing) is None
    assert not GOAL.met(nothing)


def test_lists_missed_goals_without_a_reason_and_reasons_without_a_missed_goal() -> None:
    nothing: dict[str, Any] = {"benchmarks": {}}
    reasons = {goal.name: "it is late" for goal in GOALS[1:]} | {"elsewhere": "no goal"}
    assert problems(nothing, Notes(reasons, [])) == [
        f"missed without a reason: {GOALS[0].name}",
        "has a reason, but is met or no goal: elsewhere",
    ]


def test_reads_the_notes(tmp_path: Path) -> None:
    file = tmp_path / "notes.toml"
    file.write_text(
        '[missed]\nname = """\nit is late\n"""\n'
        '[[left_out]]\nwhat = "an idea"\nresult = "2 %"\nwhy = "unclear code"\n'
    )
    assert Notes.load(file) == Notes(
        {"name": "it is late"}, [LeftOut("an idea", "2 %", "unclear code")]
    )
