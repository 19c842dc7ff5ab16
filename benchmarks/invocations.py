"""Invocations of warm functions: CPU time, calls to AWS, and the time that Lambda would bill."""

import contextlib
import json
import statistics
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.benchmark import EVENTS, FOLDER, Benchmark, event_of, in_turn
from benchmarks.execution_environment import ExecutionEnvironment
from benchmarks.staging import PROCESSORS, Function, staged_code

OPERATIONS = ("PutObject", "PutItem", "Publish")
INITIALIZING = "while the three initialize"
KINDS = {"": "", ", Powertools": "_powertools"}
WARM_INVOCATIONS = 20
WARM_TRANSACTIONS = 50
WORKER = FOLDER / "warm_worker.py"


@contextlib.contextmanager
def _warm(function: Function, aws: Aws, event: object) -> Iterator[Callable[[], float]]:
    """Yield a function that handles transactions in one process, and returns the ms of one."""
    worker = subprocess.Popen(  # our own arguments
        [function.python, "-P", WORKER, function.handler],
        cwd=function.folder,
        env={**function.variables, **aws.variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with worker:
        output, commands = worker.stdout, worker.stdin
        if output is None or commands is None:
            raise AssertionError("both are pipes")

        def transactions() -> float:
            commands.write(f"{WARM_TRANSACTIONS}\n")
            commands.flush()
            return float(output.readline())

        commands.write(json.dumps(event) + "\n")
        yield transactions
        commands.close()


def _measure_warm(repetitions: int) -> Iterator[tuple[str, float]]:
    event = event_of("processor")
    with aws_on_loopback() as aws, staged_code() as staged, contextlib.ExitStack() as processes:
        variants = {
            name: processes.enter_context(_warm(staged.function(module), aws, event))
            for name, module in {"processor": "processor", **PROCESSORS}.items()
        }
        yield from in_turn(variants, repetitions, warm_ups=2)


def _count_calls(repetitions: int) -> Iterator[tuple[str, float]]:
    with (
        aws_on_loopback() as aws,
        staged_code() as staged,
        ExecutionEnvironment(staged.function("validator"), aws.variables) as validator,
        ExecutionEnvironment(staged.function("processor"), aws.variables) as processor,
        ExecutionEnvironment(staged.function("notifier"), aws.variables) as notifier,
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


def _durations(function: Function, aws: Aws, event: object) -> tuple[float, float]:
    with ExecutionEnvironment(function, aws.variables) as environment:
        environment.invoke(event)
        warm = [environment.invoke(event).seconds for _ in range(WARM_INVOCATIONS)]
        return environment.init_seconds * 1000, statistics.median(warm) * 1000


def _measure_durations(repetitions: int) -> Iterator[tuple[str, float]]:
    with aws_on_loopback() as aws, staged_code() as staged:
        for _ in range(repetitions):
            for kind, suffix in KINDS.items():
                for name in EVENTS:
                    function = staged.function(f"{name}{suffix}")
                    init, warm = _durations(function, aws, event_of(name))
                    yield f"{name}{kind}: init", init
                    yield f"{name}{kind}: warm", warm


WARM = Benchmark(
    "A new transaction in a warm processor",
    "ms CPU",
    f"One process for each handler; {WARM_TRANSACTIONS} new transactions for each sample, over "
    "kept-alive TLS connections; CPU time of one transaction, without awslambdaric.",
    ("processor", *PROCESSORS),
    _measure_warm,
)
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
        f"{name}{kind}: {phase}" for kind in KINDS for name in EVENTS for phase in ("init", "warm")
    ),
    _measure_durations,
)
