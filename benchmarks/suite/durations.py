"""What Lambda would bill: the wall-clock time of init phases and of warm invocations."""

import statistics
from collections.abc import Iterator

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.benchmark import Benchmark, event_of
from benchmarks.environment import Environment
from benchmarks.function import Function
from benchmarks.staging import Stage, stage

FUNCTIONS_OF = ("validator", "processor", "notifier")
WARM_INVOCATIONS = 20


def _functions(staged: Stage) -> dict[str, tuple[str, Function]]:
    ours = {name: (name, staged.ours(name)) for name in FUNCTIONS_OF}
    powertools = {
        f"{name}, Powertools": (name, staged.rival(f"{name}_powertools")) for name in FUNCTIONS_OF
    }
    return ours | powertools


def _durations(function: Function, aws: Aws, event: object) -> tuple[float, float]:
    with Environment(function, aws.variables) as environment:
        environment.invoke(event)
        warm = [environment.invoke(event).seconds for _ in range(WARM_INVOCATIONS)]
        return environment.init_seconds * 1000, statistics.median(warm) * 1000


def _measure(repetitions: int) -> Iterator[tuple[str, float]]:
    with aws_on_loopback() as aws, stage() as staged:
        functions = _functions(staged)
        for _ in range(repetitions):
            for variant, (name, function) in functions.items():
                init, warm = _durations(function, aws, event_of(name))
                yield f"{variant}: init", init
                yield f"{variant}: warm", warm


def _variants(kind: str) -> tuple[str, ...]:
    return tuple(f"{name}{kind}: {phase}" for name in FUNCTIONS_OF for phase in ("init", "warm"))


FUNCTIONS = Benchmark(
    "Durations of the functions",
    "ms",
    "Wall clock under awslambdaric at a full core. init: from the start of the process until it "
    f"asks for an event; warm: from an event to its answer, median of {WARM_INVOCATIONS}, with an "
    "AWS on loopback that answers at once: AWS's own latency comes on top, and at 512 MB Lambda "
    "gives 0.29 of a core. The cost model reads the least of the samples: other work on the "
    "machine only adds.",
    _variants(""),
    _variants(", Powertools"),
    _measure,
)
