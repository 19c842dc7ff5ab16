"""notes.toml: the reasons for missed goals, and the experiments that were left out."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.goals import GOALS
from benchmarks.results import Data

NOTES = Path(__file__).with_name("notes.toml")


@dataclass(frozen=True)
class LeftOut:
    """An experiment, its measured result, and the reason to leave it out."""

    what: str
    result: str
    why: str


@dataclass(frozen=True)
class Notes:
    """The reasons, by the names of goals, and the experiments."""

    missed: dict[str, str]
    left_out: list[LeftOut]

    @classmethod
    def load(cls, path: Path = NOTES) -> Self:
        """Read the file."""
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(
            {name: reason.strip() for name, reason in content.get("missed", {}).items()},
            [LeftOut(**entry) for entry in content.get("left_out", [])],
        )


def problems(data: Data, notes: Notes) -> list[str]:
    """Return the missed goals without a reason, and the reasons without a missed goal."""
    missed = {goal.name for goal in GOALS if not goal.met(data)}
    return [f"missed without a reason: {name}" for name in sorted(missed - notes.missed.keys())] + [
        f"has a reason, but is met or no goal: {name}"
        for name in sorted(notes.missed.keys() - missed)
    ]
