"""Times `validate` of every validator in turn, in one process: a JSON line for each sample."""

import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from benchmarks import bodies

MODULES = {
    "validator": "validator",
    "pydantic": "pydantic_rules",
    "pydantic, reason as text": "pydantic_rules",
    "msgspec": "msgspec_rules",
    "fastjsonschema": "fastjsonschema_rules",
    "jsonschema": "jsonschema_rules",
}
WITH_REASON = ", reason as text"
SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Validator:
    """A function that returns the amount of a good body, and raises for a bad one."""

    validate: Callable[[Any], str]
    refusals: tuple[type[Exception], ...]
    with_reason: bool

    @classmethod
    def named(cls, name: str) -> Self:
        """Import the module of that name."""
        module = importlib.import_module(MODULES[name])
        refusals = getattr(module, "REFUSALS", (ValueError,))
        return cls(module.validate, refusals, name.endswith(WITH_REASON))

    def judge(self, body: Any) -> str | None:  # noqa: ANN401 - wrong types too
        """Give the amount of a good body, None for a bad one."""
        try:
            return self.validate(body)
        except self.refusals:
            return None

    def seconds(self, chosen: list[Any], passes: int) -> float:
        """Give the CPU time of one body."""
        validate, refusals, with_reason = self.validate, self.refusals, self.with_reason
        begun = time.process_time()
        for _ in range(passes):
            for body in chosen:
                try:
                    validate(body)
                except refusals as refusal:
                    if with_reason:
                        str(refusal)
        return (time.process_time() - begun) / (passes * len(chosen))


def names_of(kind: str) -> tuple[str, ...]:
    """Name the validators that judge such bodies; of a good one there is no reason to tell."""
    return tuple(name for name in MODULES if kind == "bad" or not name.endswith(WITH_REASON))


def main(kind: str, repetitions: str) -> None:
    """Print samples, in µs."""
    chosen = {"good": bodies.GOOD, "bad": bodies.BAD}[kind]
    validators = {name: Validator.named(name) for name in names_of(kind)}
    passes = {
        name: max(1, int(SAMPLE_SECONDS / (len(chosen) * validator.seconds(chosen, 200))))
        for name, validator in validators.items()
    }
    for _ in range(int(repetitions)):
        for name, validator in validators.items():
            sample = validator.seconds(chosen, passes[name]) * 1_000_000
            print(json.dumps([name, sample]), flush=True)


def judgements() -> None:
    """Print what each validator makes of each body."""
    every = (*bodies.GOOD, *bodies.BAD)
    print(
        json.dumps({name: [Validator.named(name).judge(one) for one in every] for name in MODULES})
    )


if __name__ == "__main__":
    main(*sys.argv[1:]) if sys.argv[1:] else judgements()
