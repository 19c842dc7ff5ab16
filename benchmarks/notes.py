"""notes.toml: what no measurement can say, why a goal was missed and what was left out."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.goals import GOALS
from benchmarks.results import Data

NOTES = Path(__file__).with_name("notes.toml")


@dataclass(frozen=True)
class LeftOut:
    """What was tried, what it would have brought, and why it is not there."""

    what: str
    figure: str
    why: str


@dataclass(frozen=True)
class Notes:
    """The reasons, by the names of goals, and what was left out."""

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
    """Name the goals that are missed without a reason, and the reasons without a missed goal."""
    missed = {goal.name for goal in GOALS if not goal.met(data)}
    return [f"missed without a reason: {name}" for name in sorted(missed - notes.missed.keys())] + [
        f"has a reason, but is met or no goal: {name}"
        for name in sorted(notes.missed.keys() - missed)
    ]
