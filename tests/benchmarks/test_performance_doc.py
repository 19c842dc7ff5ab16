"""docs/performance.md and its chart show results.json, and every missed goal has a reason."""

from benchmarks import notes, results
from benchmarks.goals import GOALS
from benchmarks.notes import Notes
from benchmarks.performance_doc import CHART, files
from local.launch import ROOT


def test_the_document_and_its_chart_show_the_results() -> None:
    expected = files(results.load(), Notes.load())
    committed = {path: (ROOT / path).read_text(encoding="utf-8") for path in expected}
    assert committed == expected, "stale: run python -m benchmarks report"
    assert list((ROOT / CHART).parent.iterdir()) == [ROOT / CHART]


def test_every_goal_is_met_or_explained() -> None:
    assert notes.problems(results.load(), Notes.load()) == []


def test_every_goal_was_measured_fifteen_times_or_more() -> None:
    data = results.load()
    assert {goal.name for goal in GOALS if goal.measured(data) is None} == set()
    assert min(data["benchmarks"][goal.benchmark]["repetitions"] for goal in GOALS) >= 15


def test_the_durations_of_the_cost_model_are_the_least_of_the_samples() -> None:
    data = results.load()
    durations = results.durations(data["benchmarks"]["durations"]["variants"])
    assert {key: data[key] for key in durations} == durations
