"""A mutant: one small mistake in the code, and whether a test noticed it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A mutant of a function, or of what a module states outside its functions."""

    module: str
    function: str
    killed: bool
    change: str = ""
    """The changed lines, of survivors only."""


def change_in(diff: str) -> str:
    """Return the changed lines of a unified diff of one mutant: they outlive a move of the code."""
    return "\n".join(
        f"{line[0]} {line[1:].strip()}"
        for line in diff.splitlines()
        if line.startswith(("-", "+")) and not line.startswith(("---", "+++"))
    )
