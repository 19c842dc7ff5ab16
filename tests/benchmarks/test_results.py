"""results.json and notes.toml say what docs/performance.md shows, and the cost model reads."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import goals, results
from benchmarks.benchmark import Benchmark
from benchmarks.goals import GOALS, Goal, load_notes, problems
from benchmarks.performance_doc import CHART, files, number
from benchmarks.results import Summary
from local.launch import ROOT

BENCHMARK = Benchmark("title", "ms", "method", ("ours", "baseline"), lambda _: iter(()))
GOAL = Goal("name", "what", "benchmark", "ours", "baseline", limit="1/2")
COUNT = Goal("count", "what", "benchmark", "ours", None, limit="3")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "results.json"
    path.write_text('{"benchmarks": {}}', encoding="utf-8")
    return path


def test_replaces_one_benchmark_and_keeps_the_others(file: Path) -> None:
    for name, samples in (("one", [1.0]), ("two", [2.0]), ("one", [3.0, 1.0, 2.000049])):
        results.store(name, BENCHMARK, {"ours": samples}, file)
    data = json.loads(file.read_text(encoding="utf-8"))
    assert list(data["benchmarks"]) == ["one", "two"]
    assert data["benchmarks"]["one"]["repetitions"] == 3
    assert data["benchmarks"]["one"]["variants"] == {
        "ours": {"median": 2.0, "lower": 1.5, "upper": 2.5, "samples": [3.0, 1.0, 2.0]}
    }


def test_gives_the_cost_model_its_durations(file: Path) -> None:
    variants = [
        f"{function}{kind}: {phase}"
        for function in ("validator", "processor", "notifier")
        for kind in ("", ", Powertools")
        for phase in ("init", "warm")
    ]
    samples = {name: [number + 0.5, float(number)] for number, name in enumerate(variants)}
    results.store("durations", BENCHMARK, samples, file)
    data = json.loads(file.read_text(encoding="utf-8"))
    assert data["durations_ms"] == {
        "validator": {"init": 0.0, "warm": 1.0},
        "processor": {"init": 4.0, "warm": 5.0},
        "notifier": {"init": 8.0, "warm": 9.0},
    }
    assert data["powertools_durations_ms"]["notifier"] == {"init": 10.0, "warm": 11.0}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.031416, "0.0314"),
        (0.5, "0.500"),
        (3, "3.00"),
        (31.416, "31.4"),
        (314.16, "314"),
        (31416, "31,416"),
    ],
)
def test_writes_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_sums_up_by_quartiles() -> None:
    assert Summary.of([5.0, 1.0, 2.0, 4.0, 3.0]) == Summary(median=3.0, lower=2.0, upper=4.0)
    assert Summary.of([7.0]) == Summary(7.0, 7.0, 7.0)


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


def test_lists_missed_goals_without_a_reason_and_reasons_without_a_missed_goal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(goals, "GOALS", (GOAL, COUNT))
    data = measured([4.0, 4.0], [4.0, 4.0])
    assert problems(data, {"count": "it is late", "elsewhere": "no goal"}) == [
        "missed without a reason: name",
        "has a reason, but is met or no goal: elsewhere",
    ]


def test_the_document_and_its_chart_show_the_results() -> None:
    expected = files(results.load(), load_notes())
    committed = {path: (ROOT / path).read_text(encoding="utf-8") for path in expected}
    assert committed == expected, "stale: run python -m benchmarks report"
    assert list((ROOT / CHART).parent.iterdir()) == [ROOT / CHART]


def test_every_goal_is_met_or_explained() -> None:
    assert problems(results.load(), load_notes()["missed"]) == []


def test_every_goal_was_measured_fifteen_times_or_more() -> None:
    measured = results.load()["benchmarks"]
    assert min(measured[goal.benchmark]["repetitions"] for goal in GOALS) >= 15


def test_the_durations_of_the_cost_model_are_the_least_of_the_samples() -> None:
    data = results.load()
    durations = results.durations(data["benchmarks"]["durations"]["variants"])
    assert {key: data[key] for key in durations} == durations
