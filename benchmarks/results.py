"""results.json: every sample, what is typical of it, and where and how it was taken."""

import importlib.metadata
import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.benchmark import Benchmark
from benchmarks.function import PYTHON
from benchmarks.sampling import Samples, Summary

RESULTS = Path(__file__).with_name("results.json")
FUNCTIONS = ("validator", "processor", "notifier")
PACKAGES = (
    "awslambdaric",
    "boto3",
    "aws-lambda-powertools",
    "pydantic",
    "msgspec",
    "fastjsonschema",
    "jsonschema",
)
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
    """Give what the cost model reads: the median ms of each function, ours and Powertools'."""
    return {
        key: {
            function: {
                phase: variants[f"{function}{kind}: {phase}"]["median"]
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


def machine() -> str:
    """Describe the class of this machine."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}"
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.machine()
    lines = information.read_text(encoding="utf-8").splitlines()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())


def versions() -> dict[str, str]:
    """Name the versions of what is measured: Python's and those of its packages."""
    folder = [str(found) for found in PYTHON.parents[1].glob("lib/python*/site-packages")]
    installed = {
        package: found.version
        for package in PACKAGES
        for found in importlib.metadata.distributions(name=package, path=folder)
    }
    return {"python": platform.python_version(), **installed}
