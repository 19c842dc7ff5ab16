"""A benchmark: its method, and the variants that it compares."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.launch import ROOT

EVENTS = {
    "validator": ROOT / "events/gateway_to_validator.json",
    "processor": ROOT / "events/validator_to_processor.json",
    "notifier": ROOT / "events/processor_to_notifier.json",
}
NEWEST, OLDEST = ".venv-benchmarks", ".venv-botocore-oldest"
"""Virtual environments: the project's lock, and the oldest botocore that Lambda came with."""


class CannotMeasure(Exception):
    """The reason, in one sentence, why this machine cannot run a benchmark."""


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
    """Return the interpreter of a virtual environment of this project, or of any path."""
    return ROOT / venv / "bin/python"


def event_of(function: str) -> dict[str, Any]:
    """Read the event that a function receives."""
    event: dict[str, Any] = json.loads(EVENTS[function].read_text(encoding="utf-8"))
    return event


def folder_of(path: str) -> Path:
    """Return a folder or a file of this package."""
    return Path(__file__).parent / path
