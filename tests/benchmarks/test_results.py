"""results.json keeps the samples of each benchmark, and what the cost model reads."""

import json
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.benchmark import Benchmark
from benchmarks.performance_doc import number

BENCHMARK = Benchmark("title", "ms", "method", ("ours", "baseline"), lambda _: iter(()))


def test_replaces_one_benchmark_and_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    for name, samples in (("one", [1.0]), ("two", [2.0]), ("one", [3.0, 1.0, 2.000049])):
        results.store(name, BENCHMARK, {"ours": samples}, file)
    data = json.loads(file.read_text(encoding="utf-8"))
    assert list(data["benchmarks"]) == ["one", "two"]
    assert data["benchmarks"]["one"]["repetitions"] == 3
    assert data["benchmarks"]["one"]["variants"] == {
        "ours": {"median": 2.0, "lower": 1.5, "upper": 2.5, "samples": [3.0, 1.0, 2.0]}
    }


def test_gives_the_cost_model_its_durations(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
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
