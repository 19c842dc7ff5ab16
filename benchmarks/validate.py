"""`validate` alone: the rules of a transaction, in one process, a body at a time.

The benchmark starts this module under the handlers' interpreter, where the baselines' libraries
are, and reads a JSON line for each sample.
"""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from benchmarks.benchmark import BASELINES, NEWEST, SOURCE, Benchmark, python_of
from contract import FIELDS, OPTIONAL
from local.launch import ROOT
from ops.transaction import a_body

METHOD = (
    "All in one process, in turn, over the bodies of benchmarks/validate.py, each sample "
    "long enough for 50 ms; CPU time of one body. All apply the same rules to the parsed body and "
    "return the amount as text; a rejection is caught. Our exception contains the reason, "
    "pydantic's writes it on demand."
)

GOOD: list[Any] = [
    a_body(),
    a_body(amount=19.99, currency="EUR", source="mobile app"),
    a_body(amount=12000, currency="JPY", source="store-042"),
    a_body(amount=7.125, currency="KWD", source="partner.example"),
    a_body(transactionId="4111-1111-1111-1111", amount=0.01, currency="SGD", source="terminal_7"),
    a_body(transactionId="a" * 64, amount=999_999_999_999, source="b" * 64),
    a_body(amount=0.0001, currency="CLF"),
]
BAD: list[Any] = [
    a_body(amount=100.005),
    a_body(amount=0.5, currency="JPY"),
    a_body(amount="10.00"),
    a_body(amount=True),
    a_body(amount=0),
    a_body(amount=1e12),
    a_body(currency="DEM"),
    a_body(transactionId="../order-1001"),
    a_body(transactionId="order-1001\n"),
    a_body(source="a" * 65),
    a_body(note="gift"),
    {name: value for name, value in a_body().items() if name != "currency"},
    [],
    "order-1001",
]
"""Bodies that are wrong in one way each."""
OPTIONAL_FIELDS = [
    (a_body(**{name: FIELDS[name].example for name in OPTIONAL}), True),
    *((a_body(**{name: None}), False) for name in OPTIONAL),
]
"""Bodies with optional fields, and whether they are good; the benchmarks leave them out."""
JUDGED = [*((body, True) for body in GOOD), *((body, False) for body in BAD), *OPTIONAL_FIELDS]

VALIDATORS = {
    "validator": ("validator.validator", "validate"),
    "pydantic": ("validator_pydantic", "validate"),
    "pydantic, reason as text": ("validator_pydantic", "validate"),
    "msgspec": ("schema_rules", "with_msgspec"),
    "fastjsonschema": ("schema_rules", "with_fastjsonschema"),
    "jsonschema": ("schema_rules", "with_jsonschema"),
}
WITH_REASON = ", reason as text"
SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Validator:
    """A function that returns the amount of a good body, and raises for a bad one."""

    validate: Callable[[Any], str]
    rejections: tuple[type[Exception], ...]
    with_reason: bool

    @classmethod
    def named(cls, name: str) -> Self:
        """Import the function of that name."""
        module_name, function = VALIDATORS[name]
        module = importlib.import_module(module_name)
        rejections = getattr(module, "REJECTIONS", (ValueError,))
        return cls(getattr(module, function), rejections, name.endswith(WITH_REASON))

    def result(self, body: Any) -> str | None:
        """Return the amount of a good body, None for a bad one."""
        try:
            return self.validate(body)
        except self.rejections:
            return None

    def seconds(self, chosen: list[Any], passes: int) -> float:
        """Return the CPU time of one body."""
        validate, rejections, with_reason = self.validate, self.rejections, self.with_reason
        begun = time.process_time()
        for _ in range(passes):
            for body in chosen:
                try:
                    validate(body)
                except rejections as rejection:
                    if with_reason:
                        str(rejection)
        return (time.process_time() - begun) / (passes * len(chosen))


def names_of(kind: str) -> tuple[str, ...]:
    """Return the validators that bodies of this kind compare; a good body has no reason."""
    return tuple(name for name in VALIDATORS if kind == "bad" or not name.endswith(WITH_REASON))


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start this module as a process that imports all validators."""
    path = [str(ROOT), str(SOURCE), str(BASELINES)]
    return subprocess.Popen(  # our own arguments
        [python_of(NEWEST), "-P", "-m", "benchmarks.validate", *arguments],
        env={"PYTHONPATH": os.pathsep.join(path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def _measure(kind: str, repetitions: int) -> Iterator[tuple[str, float]]:
    with start(kind, str(repetitions)) as process:
        for line in process.stdout or ():
            name, microseconds = json.loads(line)
            yield name, microseconds
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)


GOOD_BODY, BAD_BODY = (
    Benchmark(
        f"`validate` on a {kind} body", "µs CPU", METHOD, names_of(kind), partial(_measure, kind)
    )
    for kind in ("good", "bad")
)


def main(kind: str, repetitions: str) -> None:
    """Print samples, in µs."""
    chosen = {"good": GOOD, "bad": BAD}[kind]
    validators = {name: Validator.named(name) for name in names_of(kind)}
    passes = {
        name: max(1, int(SAMPLE_SECONDS / (len(chosen) * validator.seconds(chosen, 200))))
        for name, validator in validators.items()
    }
    for _ in range(int(repetitions)):
        for name, validator in validators.items():
            sample = validator.seconds(chosen, passes[name]) * 1_000_000
            print(json.dumps([name, sample]), flush=True)


def print_results() -> None:
    """Print the result of each validator for each body."""
    validators = {name: Validator.named(name) for name in VALIDATORS}
    print(
        json.dumps(
            {name: [one.result(body) for body, _ in JUDGED] for name, one in validators.items()}
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:]) if sys.argv[1:] else print_results()
