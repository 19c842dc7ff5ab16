"""Where decisions come from: a tape of numbers, of which 0 means to go on without a fault.

A seed, a replay, a shrunk failure and an enumeration differ in the tape alone.
"""

import random
from collections.abc import Callable, Iterator, Sequence

type Decisions = Sequence[int]


class Tape:
    """Decisions: first those given, then random ones, or 0 without a generator. All are kept."""

    def __init__(self, given: Decisions = (), generator: random.Random | None = None) -> None:
        self.given, self.generator = given, generator
        self.made: list[int] = []
        self.widths: list[int] = []

    @classmethod
    def seeded(cls, seed: int) -> "Tape":
        """Return a tape of random decisions."""
        return cls(generator=random.Random(seed))

    @property
    def fresh(self) -> bool:
        """True if all given decisions are made."""
        return len(self.made) >= len(self.given)

    def choose(self, options: int, chance: float | None = None) -> int:
        """Decide between options; all but the first have the chance together, if one is given."""
        at, value = len(self.made), 0
        if at < len(self.given):
            value = min(self.given[at], options - 1)
        elif self.generator and options > 1:
            if chance is None:
                value = self.generator.randrange(options)
            elif self.generator.random() < chance:
                value = self.generator.randrange(1, options)
        self.made.append(value)
        self.widths.append(options)
        return value


def shrink(made: Decisions, fails: Callable[[Decisions], bool]) -> list[int]:
    """Delete and lower decisions as long as the run fails."""
    best = _trimmed(made)
    found: list[int] | None = best
    while found is not None:
        best = found
        found = next((tape for tape in map(_trimmed, _simpler(best)) if fails(tape)), None)
    return best


def _simpler(tape: Decisions) -> Iterator[list[int]]:
    yield from (
        [*tape[:at], *tape[at + length :]]
        for length in (16, 8, 4, 2, 1)
        for at in range(len(tape) - length + 1)
    )
    yield from (
        [*tape[:at], lower, *tape[at + 1 :]]
        for at, value in enumerate(tape)
        for lower in sorted({0, value // 2, value - 1})
        if 0 <= lower < value
    )


def _trimmed(tape: Decisions) -> list[int]:
    kept = [*tape]
    while kept and kept[-1] == 0:
        kept.pop()
    return kept


def successor(tape: Tape) -> list[int] | None:
    """Return the decisions that follow those of a tape in an enumeration of all, or None."""
    for at in reversed(range(len(tape.made))):
        if tape.made[at] + 1 < tape.widths[at]:
            return [*tape.made[:at], tape.made[at] + 1]
    return None
