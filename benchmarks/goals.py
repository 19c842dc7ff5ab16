"""The goals: how many times as long, at most, as what."""

from dataclasses import dataclass

from benchmarks.results import Data
from benchmarks.sampling import Summary, differences, ratios

RUNTIME = "no-op handler"
"""A process of awslambdaric that answers, and all that it does."""


@dataclass(frozen=True)
class Goal:
    """A variant of a benchmark against another one, or against nothing where it is a count.

    `without` names a variant that both contain, and that is taken off both.
    """

    name: str
    what: str
    benchmark: str
    variant: str
    against: str | None
    at_most: float
    shown_as: str = ""
    without: str = ""

    @property
    def limit(self) -> str:
        """The limit as people write it."""
        return self.shown_as or f"{self.at_most:.2f}"

    def measured(self, data: Data) -> Summary | None:
        """Give what is typical of the rounds' ratios; None if it was not measured."""
        measured = data["benchmarks"].get(self.benchmark)
        if measured is None:
            return None
        samples = {name: kind["samples"] for name, kind in measured["variants"].items()}
        if self.against is None:
            return Summary.of(samples[self.variant])
        ours, theirs = (
            differences(samples[name], samples[self.without]) if self.without else samples[name]
            for name in (self.variant, self.against)
        )
        return Summary.of(ratios(ours, theirs))

    def met(self, data: Data) -> bool:
        """Tell whether the median keeps to the goal."""
        found = self.measured(data)
        return found is not None and found.median <= self.at_most


GOALS = (
    Goal(
        "validator-cold-no-op",
        "validator, process start to first answer, under awslambdaric, both with bytecode",
        "validator-cold",
        "validator",
        RUNTIME,
        1.05,
    ),
    Goal(
        "validator-cold-source",
        "the same, stricter: neither with bytecode, as Lambda runs them",
        "validator-cold",
        "validator, not compiled",
        f"{RUNTIME}, not compiled",
        1.05,
    ),
    Goal(
        "validator-cold-powertools",
        "the same, both with bytecode",
        "validator-cold",
        "validator",
        "Powertools",
        0.15,
    ),
    Goal(
        "validate-good", "`validate` on a good body", "validate-good", "validator", "pydantic", 0.35
    ),
    Goal("validate-bad", "`validate` on a bad body", "validate-bad", "validator", "pydantic", 1.0),
    Goal(
        "processor-cold",
        "processor cold: import, clients, first transaction over TLS",
        "processor-cold",
        "processor",
        "plain boto3",
        0.70,
        without=RUNTIME,
    ),
    Goal(
        "processor-cold-whole",
        "the same, with the runtime's start",
        "processor-cold",
        "processor",
        "plain boto3",
        0.70,
    ),
    Goal(
        "processor-cold-further",
        "the same without it, if that stays simple and safe",
        "processor-cold",
        "processor",
        "plain boto3",
        0.58,
        without=RUNTIME,
    ),
    Goal(
        "notifier-cold",
        "notifier cold: import, client, first notification over TLS",
        "notifier-cold",
        "notifier",
        "plain boto3",
        0.70,
        without=RUNTIME,
    ),
    Goal(
        "notifier-cold-whole",
        "the same, with the runtime's start",
        "notifier-cold",
        "notifier",
        "plain boto3",
        0.70,
    ),
    Goal(
        "processor-warm",
        "processor warm, CPU of a transaction",
        "processor-warm",
        "processor",
        "plain boto3",
        0.90,
    ),
    Goal(
        "processor-warm-idempotency",
        "the same",
        "processor-warm",
        "processor",
        "Powertools Idempotency",
        0.50,
    ),
    Goal(
        "calls",
        "AWS calls for a new transaction, all three functions",
        "calls",
        "a new transaction",
        None,
        3,
        "3",
    ),
    Goal(
        "template",
        "`build_template.py`",
        "template",
        "build_template.py",
        "cdk synth",
        1 / 40,
        "1/40",
    ),
    Goal(
        "loop",
        "second `make run`, start to first recorded transaction, wall clock",
        "loop",
        "make run",
        "bare engine",
        1.5,
    ),
)
