"""results.json: every sample, its summary, and the machine and versions that it belongs to."""

import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psutil

from benchmarks.benchmark import EVENTS, FOLDER, Benchmark
from local.launch import ROOT

RESULTS = Path(__file__).with_name("results.json")
SIGNIFICANT_DIGITS = 4
PACKAGES = {
    ".venv": ("aws-sam-cli", "troposphere"),
    ".venv-engine": ("localemu",),
}
HANDLERS_PACKAGES = (
    "awslambdaric",
    "boto3",
    "botocore",
    "aws-lambda-powertools",
    "pydantic",
    "msgspec",
    "fastjsonschema",
    "jsonschema",
)

type Data = dict[str, Any]


@dataclass(frozen=True)
class Summary:
    """The median and the quartiles of samples."""

    median: float
    lower: float
    upper: float

    @classmethod
    def of(cls, samples: list[float]) -> Self:
        """Return the summary of samples; a single sample is its own quartiles."""
        if len(samples) == 1:
            return cls(samples[0], samples[0], samples[0])
        lower, median, upper = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, lower, upper)


def load(path: Path = RESULTS) -> Data:
    """Read the results."""
    data: Data = json.loads(path.read_text(encoding="utf-8"))
    return data


def store(
    name: str, benchmark: Benchmark, samples: Mapping[str, list[float]], path: Path = RESULTS
) -> None:
    """Replace the samples of a benchmark; the others stay."""
    data = load(path)
    data["benchmarks"][name] = {
        "title": benchmark.title,
        "unit": benchmark.unit,
        "method": benchmark.method,
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "versions": _versions(benchmark.venv),
        "repetitions": max(len(values) for values in samples.values()),
        "variants": {
            variant: {
                **{key: _rounded(value) for key, value in asdict(Summary.of(values)).items()},
                "samples": [_rounded(value) for value in values],
            }
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


def _rounded(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")  # the rest is noise


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    release = platform.release().split("-")[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {release}"
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.machine()
    lines = information.read_text(encoding="utf-8").splitlines()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())


def _versions(venv: str) -> dict[str, str]:
    installed = {
        package: found.version
        for folder, packages in {**PACKAGES, venv: HANDLERS_PACKAGES}.items()
        for package in packages
        for found in importlib.metadata.distributions(
            name=package,
            path=[str(path) for path in (ROOT / folder).glob("lib/*/site-packages")],
        )
    }
    return {"Python": platform.python_version(), **installed, **_node()}


def _node() -> dict[str, str]:
    node = shutil.which("node")
    if node is None:
        return {}
    printed = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    lock = json.loads((FOLDER / "cdk/package-lock.json").read_text(encoding="utf-8"))
    cdk = {
        name: lock["packages"][f"node_modules/{name}"]["version"]
        for name in ("aws-cdk", "aws-cdk-lib")
    }
    return {"Node.js": printed.stdout.strip().removeprefix("v"), **cdk}
