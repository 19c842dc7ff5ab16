"""The goals: the largest allowed ratio of a variant to a baseline; the reasons for missed ones."""

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.results import Data, Summary

NOTES = Path(__file__).with_name("notes.toml")

RUNTIME = "no-op handler"
"""The runtime's own part: a process of awslambdaric with a handler that does nothing."""
PLAIN = "plain boto3"
INIT = ", init alone"
"""Suffix of the variants that end before the first event."""
VERSIONS = {"": "newest botocore", "-oldest": "oldest botocore"}


@dataclass(frozen=True)
class Goal:
    """A variant of a benchmark against a baseline, or against nothing where it is a count.

    `without` is a variant that both contain, and that is subtracted from both.
    """

    name: str
    what: str
    benchmark: str
    variant: str
    against: str | None
    limit: str
    without: str = ""

    @property
    def at_most(self) -> float:
        """The limit as a number."""
        return float(Fraction(self.limit))

    def measured(self, data: Data) -> Summary:
        """Return the summary of the rounds' ratios, or of the counts."""
        variants = data["benchmarks"][self.benchmark]["variants"]
        ours = variants[self.variant]["samples"]
        if self.against is None:
            return Summary.of(ours)
        baseline = variants[self.against]["samples"]
        common = variants[self.without]["samples"] if self.without else [0.0] * len(ours)
        rounds = zip(ours, baseline, common, strict=True)
        return Summary.of([(one - part) / (other - part) for one, other, part in rounds])

    def met(self, data: Data) -> bool:
        """Return whether the median keeps to the goal."""
        return self.measured(data).median <= self.at_most


def _cold(function: str, suffix: str, version: str) -> tuple[Goal, Goal]:
    benchmark = f"{function}-cold{suffix}"
    return (
        Goal(
            f"{function}-init{suffix}",
            f"{function} cold, {version}: import and clients",
            benchmark,
            f"{function}{INIT}",
            f"{PLAIN}{INIT}",
            "0.72",
            without=f"{RUNTIME}{INIT}",
        ),
        Goal(
            benchmark,
            "the same, with the runtime's start and the first transaction over TLS",
            benchmark,
            function,
            PLAIN,
            "0.85",
        ),
    )


GOALS = (
    Goal(
        "validator-cold-no-op",
        "validator, process start to first result, under awslambdaric, both with bytecode",
        "validator-cold",
        "validator",
        RUNTIME,
        "1.05",
    ),
    Goal(
        "validator-cold-source",
        "the same, neither with bytecode, as Lambda runs them",
        "validator-cold",
        "validator, not compiled",
        f"{RUNTIME}, not compiled",
        "1.15",
    ),
    Goal(
        "validator-cold-powertools",
        "the same, both with bytecode",
        "validator-cold",
        "validator",
        "Powertools",
        "0.15",
    ),
    Goal(
        "validate-good",
        "`validate` on a good body",
        "validate-good",
        "validator",
        "pydantic",
        "0.35",
    ),
    Goal(
        "validate-bad", "`validate` on a bad body", "validate-bad", "validator", "pydantic", "1.00"
    ),
    *(
        goal
        for function in ("processor", "notifier")
        for suffix, version in VERSIONS.items()
        for goal in _cold(function, suffix, version)
    ),
    Goal(
        "processor-warm",
        "processor warm, CPU of a transaction",
        "processor-warm",
        "processor",
        PLAIN,
        "0.90",
    ),
    Goal(
        "processor-warm-idempotency",
        "the same",
        "processor-warm",
        "processor",
        "Powertools Idempotency",
        "0.50",
    ),
    Goal(
        "calls",
        "AWS calls for a new transaction, all three functions",
        "calls",
        "a new transaction",
        None,
        "4",
    ),
    Goal(
        "template",
        "`build_template.py`",
        "template",
        "build_template.py",
        "cdk synth",
        "1/40",
    ),
    Goal(
        "loop",
        "second `make run`, start to first recorded transaction, wall clock",
        "loop",
        "make run",
        "bare engine",
        "1.50",
    ),
    Goal(
        "edit",
        "from a saved handler to its first response, 95th percentile, seconds of wall clock",
        "edit",
        "p95",
        None,
        "1",
    ),
)


def load_notes() -> dict[str, Any]:
    """Read notes.toml: the reasons for missed goals, and the experiments that were left out."""
    return tomllib.loads(NOTES.read_text(encoding="utf-8"))


def problems(data: Data, reasons: dict[str, str]) -> list[str]:
    """Return the missed goals without a reason, and the reasons without a missed goal."""
    missed = {goal.name for goal in GOALS if not goal.met(data)}
    return [f"missed without a reason: {name}" for name in sorted(missed - reasons.keys())] + [
        f"has a reason, but is met or no goal: {name}" for name in sorted(reasons.keys() - missed)
    ]
