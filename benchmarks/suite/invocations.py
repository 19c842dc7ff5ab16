"""The calls to AWS of a new transaction, and the wall-clock time that Lambda would bill."""

import statistics
from collections import Counter
from collections.abc import Iterator

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.benchmark import EVENTS, Benchmark, event_of
from benchmarks.execution_environment import ExecutionEnvironment
from benchmarks.staging import Function, StagedCode, staged_code

OPERATIONS = ("PutObject", "PutItem", "Publish")
INITIALIZING = "while the three initialize"
WARM_INVOCATIONS = 20


def _count_calls(repetitions: int) -> Iterator[tuple[str, float]]:
    with (
        aws_on_loopback() as aws,
        staged_code() as staged,
        ExecutionEnvironment(staged.ours("validator"), aws.variables) as validator,
        ExecutionEnvironment(staged.ours("processor"), aws.variables) as processor,
        ExecutionEnvironment(staged.ours("notifier"), aws.variables) as notifier,
    ):
        initializing = len(aws.calls)
        for number in range(repetitions):
            aws.calls.clear()
            request = event_of("validator")
            request["transaction"]["transactionId"] = f"order-{number}"
            validated = validator.invoke(request).payload
            to_processor = {**event_of("processor"), "responsePayload": validated}
            recorded = processor.invoke(to_processor).payload
            notifier.invoke({**event_of("notifier"), "responsePayload": recorded})
            counted = Counter(aws.calls)
            yield from ((operation, counted.pop(operation, 0)) for operation in OPERATIONS)
            yield "any other", counted.total()
            yield "a new transaction", len(aws.calls)
            yield INITIALIZING, initializing


def _functions(staged: StagedCode) -> dict[str, tuple[str, Function]]:
    ours = {name: (name, staged.ours(name)) for name in EVENTS}
    powertools = {
        f"{name}, Powertools": (name, staged.baseline(f"{name}_powertools")) for name in EVENTS
    }
    return ours | powertools


def _durations(function: Function, aws: Aws, event: object) -> tuple[float, float]:
    with ExecutionEnvironment(function, aws.variables) as environment:
        environment.invoke(event)
        warm = [environment.invoke(event).seconds for _ in range(WARM_INVOCATIONS)]
        return environment.init_seconds * 1000, statistics.median(warm) * 1000


def _measure_durations(repetitions: int) -> Iterator[tuple[str, float]]:
    with aws_on_loopback() as aws, staged_code() as staged:
        functions = _functions(staged)
        for _ in range(repetitions):
            for variant, (name, function) in functions.items():
                init, warm = _durations(function, aws, event_of(name))
                yield f"{variant}: init", init
                yield f"{variant}: warm", warm


CALLS = Benchmark(
    "Calls to AWS for a new transaction, all three functions",
    "calls",
    "The three functions under awslambdaric, each with the result of the function before; counted "
    "by the server that stands for AWS.",
    (*OPERATIONS, "any other", "a new transaction", INITIALIZING),
    _count_calls,
)
DURATIONS = Benchmark(
    "Durations of the functions",
    "ms",
    "Wall clock under awslambdaric at a full core. init: from the start of the process until it "
    f"asks for an event; warm: from an event to its result, median of {WARM_INVOCATIONS}, with an "
    "AWS on loopback that responds at once: AWS's own latency comes on top, and at 512 MB Lambda "
    "gives 0.29 of a core. The cost model reads the least of the samples: other work on the "
    "machine only adds.",
    tuple(
        f"{name}{kind}: {phase}"
        for kind in ("", ", Powertools")
        for name in EVENTS
        for phase in ("init", "warm")
    ),
    _measure_durations,
)
