"""docs/mutants.md: the score, and for each survivor why no test can or need tell it apart."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutant import Mutant

REQUIRED = 95.0
EXPLANATIONS = Path(__file__).with_name("survivors.toml")
OUTSIDE = "outside functions"

TITLE = """\
# Mutation testing

Written by `make mutants`; nothing in it is written by hand.

A mutant is the code with one small mistake; a test that fails kills it. mutmut makes those of
functions, and its operators, with one more for each count of a regular expression, those of what
modules state outside functions. Only `tests/unit`, `tests/template` and the test of lint's
arithmetic are run, without the test that compares the committed templates: it would kill every
mutant that changes them.
"""

type Key = tuple[str, str, str]


@dataclass(frozen=True)
class Tally:
    """How many of some mutants were killed."""

    killed: int
    total: int

    @classmethod
    def of(cls, mutants: list[Mutant]) -> "Tally":
        """Count."""
        return cls(sum(mutant.killed for mutant in mutants), len(mutants))

    @property
    def percent(self) -> float:
        """The score in percent, rounded down: 100 means all."""
        return math.floor(1000 * self.killed / self.total) / 10 if self.total else 100.0

    def __str__(self) -> str:
        return f"{self.killed:,} of {self.total:,}" if self.total else "-"


def key(mutant: Mutant) -> Key:
    """Name a survivor by what it changes where."""
    return mutant.module, mutant.function, mutant.change


def explanations(path: Path = EXPLANATIONS) -> dict[Key, str]:
    """Read the explanations of survivors."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"]
    return {
        (entry["module"], entry.get("function", ""), entry["change"].strip()): entry["reason"]
        for entry in entries
    }


def problems(mutants: list[Mutant], reasons: Mapping[Key, str]) -> list[str]:
    """Say what is wrong: too low a score, or a survivor and an explanation without each other."""
    found = []
    for module in dict.fromkeys(mutant.module for mutant in mutants):
        score = Tally.of([mutant for mutant in mutants if mutant.module == module]).percent
        if score < REQUIRED:
            found.append(f"{score} % of the mutants of {module} are killed, not {REQUIRED:g} %")
    survivors = {key(mutant) for mutant in mutants if not mutant.killed}
    found += [
        f"survives without explanation: {_one(*at)}" for at in sorted(survivors - set(reasons))
    ]
    found += [
        f"explained, but killed or gone: {_one(*at)}" for at in sorted(set(reasons) - survivors)
    ]
    return found


def _one(module: str, function: str, change: str) -> str:
    return f"{module}, {function or OUTSIDE}\n{change}"


def document(mutants: list[Mutant], reasons: Mapping[Key, str]) -> str:
    """Write the document."""
    text = f"{TITLE}\n{summary(mutants)}\n\n{_table(mutants)}"
    survivors = [key(mutant) for mutant in mutants if not mutant.killed]
    if survivors:
        text += "\n## Survivors\n"
    for module, function, change in sorted(set(survivors)):
        text += f"\n### `{module}`, {f'`{function}`' if function else OUTSIDE}\n\n"
        text += f"```diff\n{change}\n```\n\n{reasons[module, function, change].strip()}\n"
    return text


def summary(mutants: list[Mutant]) -> str:
    """Write the score as a sentence."""
    tally = Tally.of(mutants)
    survivors = tally.total - tally.killed
    return (
        f"**{tally} mutants are killed: {tally.percent} %** "
        f"(required: {REQUIRED:g} % of each module's). Survivors: {survivors}, each explained."
    )


def _table(mutants: list[Mutant]) -> str:
    text = (
        f"| module | killed in functions | killed {OUTSIDE} | survivors | score |\n"
        "|---|---:|---:|---:|---:|\n"
    )
    for module in dict.fromkeys(mutant.module for mutant in mutants):
        own = [mutant for mutant in mutants if mutant.module == module]
        inside, outside, both = (
            Tally.of([mutant for mutant in own if mutant.function]),
            Tally.of([mutant for mutant in own if not mutant.function]),
            Tally.of(own),
        )
        text += (
            f"| `{module}` | {inside} | {outside} | {both.total - both.killed} "
            f"| {both.percent} % |\n"
        )
    return text
