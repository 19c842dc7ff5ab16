"""What a benchmark is: how it is measured, and what it compares."""

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


class CannotMeasure(Exception):
    """Why a benchmark cannot be run on this machine, in one sentence."""


@dataclass(frozen=True)
class Benchmark:
    """`measure(repetitions)` gives samples, one after the other, each with its variant's name.

    The variants of `ours` are this project's, those of `others` are what they are measured against.
    """

    title: str
    unit: str
    method: str
    ours: tuple[str, ...]
    others: tuple[str, ...]
    measure: Callable[[int], Iterator[tuple[str, float]]]

    @property
    def variants(self) -> tuple[str, ...]:
        """Name all of them."""
        return self.ours + self.others


def event_of(function: str) -> dict[str, Any]:
    """Read the event that a function is given."""
    event: dict[str, Any] = json.loads(EVENTS[function].read_text(encoding="utf-8"))
    return event


def folder_of(path: str) -> Path:
    """Find a folder of this package."""
    return Path(__file__).parent / path
