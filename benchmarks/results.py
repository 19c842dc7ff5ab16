"""results.json: every sample, its summary, and the machine and versions that it belongs to."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.benchmark import EVENTS, Benchmark
from benchmarks.platform_info import machine, versions
from benchmarks.sampling import Samples, Summary

RESULTS = Path(__file__).with_name("results.json")
SIGNIFICANT_DIGITS = 4

type Data = dict[str, Any]


def load(path: Path = RESULTS) -> Data:
    """Read the results."""
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
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(benchmark.venv),
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
    """Return what the cost model reads: the ms of each function, ours and Powertools'.

    The least of the samples: to wall-clock time, other work on the machine can only add.
    """
    return {
        key: {
            function: {
                phase: min(variants[f"{function}{kind}: {phase}"]["samples"])
                for phase in ("warm", "init")
            }
            for function in EVENTS
        }
        for key, kind in (("durations_ms", ""), ("powertools_durations_ms", ", Powertools"))
    }


def summary(samples: list[float]) -> dict[str, float]:
    """Return the median and the quartiles."""
    return {name: rounded(value) for name, value in asdict(Summary.of(samples)).items()}


def rounded(value: float) -> float:
    """Return four significant digits: the rest is noise."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
