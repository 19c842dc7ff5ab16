"""Times `validate` of every validator in turn, in one process: a JSON line for each sample."""

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

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

type Judge = Callable[[Any], str | None]


def names_of(kind: str) -> tuple[str, ...]:
    """Name the validators that judge such bodies; of a good one there is no reason to tell."""
    return tuple(name for name in MODULES if kind == "bad" or not name.endswith(WITH_REASON))


def judge(name: str) -> Judge:
    """Give a function that returns the amount of a good body, and None for a bad one."""
    module = importlib.import_module(MODULES[name])
    with_reason = name.endswith(WITH_REASON)
    validate = module.validate
    refusals = getattr(module, "REFUSALS", ValueError)

    def validated(body: Any) -> str | None:  # noqa: ANN401 - wrong types too
        try:
            amount: str = validate(body)
        except refusals as refusal:
            if with_reason:
                str(refusal)
            return None
        return amount

    return validated


def seconds(validated: Judge, chosen: list[Any], passes: int) -> float:
    """Give the CPU time of one body."""
    begun = time.process_time()
    for _ in range(passes):
        for body in chosen:
            validated(body)
    return (time.process_time() - begun) / (passes * len(chosen))


def main(kind: str, repetitions: str) -> None:
    """Print samples, in µs."""
    chosen = {"good": bodies.GOOD, "bad": bodies.BAD}[kind]
    judges = {name: judge(name) for name in names_of(kind)}
    passes = {
        name: max(1, int(SAMPLE_SECONDS / (len(chosen) * seconds(validated, chosen, 200))))
        for name, validated in judges.items()
    }
    for _ in range(int(repetitions)):
        for name, validated in judges.items():
            sample = seconds(validated, chosen, passes[name]) * 1_000_000
            print(json.dumps([name, sample]), flush=True)


def judgements() -> None:
    """Print what each validator makes of each body."""
    print(
        json.dumps(
            {name: [judge(name)(body) for body in (*bodies.GOOD, *bodies.BAD)] for name in MODULES}
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:]) if sys.argv[1:] else judgements()
