"""A benchmark: its method, the variants that it compares, and what a sample of them costs."""

import json
import os
import random
import resource
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.launch import ROOT

FOLDER = ROOT / "benchmarks"
BASELINES = FOLDER / "baselines"
SOURCE = ROOT / "src"

EVENTS = {
    "validator": ROOT / "events/gateway_to_validator.json",
    "processor": ROOT / "events/validator_to_processor.json",
    "notifier": ROOT / "events/processor_to_notifier.json",
}
NEWEST, OLDEST = ".venv-benchmarks", ".venv-botocore-oldest"
"""Virtual environments: the project's lock, and the oldest botocore that Lambda came with."""


class CannotMeasure(Exception):
    """The reason, in one sentence, why this machine cannot run a benchmark."""


class CommandFailed(Exception):
    """A measured command failed; the message is its output."""


@dataclass(frozen=True)
class Benchmark:
    """`measure(repetitions)` yields samples, one after the other, each with its variant's name.

    `venv` is the virtual environment of the handlers, whose versions belong to the samples.
    """

    title: str
    unit: str
    method: str
    variants: tuple[str, ...]
    measure: Callable[[int], Iterator[tuple[str, float]]]
    venv: str = NEWEST


def python_of(venv: str) -> Path:
    """Return the interpreter of a virtual environment of this project."""
    return ROOT / venv / "bin/python"


def event_of(function: str) -> dict[str, Any]:
    """Read the event that a function receives."""
    event: dict[str, Any] = json.loads(EVENTS[function].read_text(encoding="utf-8"))
    return event


def in_turn(
    variants: Mapping[str, Callable[[], float]], repetitions: int, warm_ups: int = 1
) -> Iterator[tuple[str, float]]:
    """Yield one sample of each variant per round: whatever disturbs, disturbs all.

    Each round has an order of its own, the same in each run: the variant after a large program
    finds the processor's caches empty.
    """
    for measure in variants.values():
        for _ in range(warm_ups):
            measure()
    for turn in range(repetitions):
        for name in random.Random(turn).sample(list(variants), len(variants)):
            yield name, variants[name]()


def cpu_seconds(
    command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None
) -> float:
    """Run a command to its end; return the CPU time, user and system, with its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(  # our own arguments
        command,
        cwd=folder,
        env={**clean_environment(), **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise CommandFailed(f"{' '.join(command)}: {result.stdout}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def clean_environment() -> dict[str, str]:
    """Return this process's environment variables without those that make adds."""
    return {name: value for name, value in os.environ.items() if "MAKE" not in name}
