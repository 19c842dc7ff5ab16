"""results.json: every sample, what is typical of it, and where and how it was taken."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.benchmark import Benchmark
from benchmarks.sampling import Samples, Summary
from benchmarks.surroundings import machine, versions

RESULTS = Path(__file__).with_name("results.json")
FUNCTIONS = ("validator", "processor", "notifier")
SIGNIFICANT_DIGITS = 4

type Data = dict[str, Any]


def load(path: Path = RESULTS) -> Data:
    """Read what was measured."""
    if not path.exists():
        return {"benchmarks": {}}
    data: Data = json.loads(path.read_text(encoding="utf-8"))
    return data


def store(name: str, benchmark: Benchmark, samples: Samples, path: Path = RESULTS) -> None:
    """Replace the samples of a benchmark; the others stay."""
    data = load(path)
    data["benchmarks"][name] = {
        "title": benchmark.title,
        "unit": benchmark.unit,
        "method": benchmark.method,
        "ours": list(benchmark.ours),
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "repetitions": min(len(values) for values in samples.values()),
        "variants": {
            variant: {**summary(values), "samples": [rounded(value) for value in values]}
            for variant, values in samples.items()
        },
    }
    if name == "durations":
        data |= durations(data["benchmarks"][name]["variants"])
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def durations(variants: Data) -> Data:
    """Give what the cost model reads: the ms of each function, ours and Powertools'.

    The least of the samples: to wall-clock time, other work on the machine can only add.
    """
    return {
        key: {
            function: {
                phase: min(variants[f"{function}{kind}: {phase}"]["samples"])
                for phase in ("warm", "init")
            }
            for function in FUNCTIONS
        }
        for key, kind in (("durations_ms", ""), ("powertools_durations_ms", ", Powertools"))
    }


def summary(samples: list[float]) -> dict[str, float]:
    """Give the median and the quartiles."""
    return {name: rounded(value) for name, value in asdict(Summary.of(samples)).items()}


def rounded(value: float) -> float:
    """Keep four significant digits: the rest is noise."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
