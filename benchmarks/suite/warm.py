"""Warm transactions of the processor: CPU time of the handler alone."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.benchmark import FOLDER, Benchmark, event_of, in_turn
from benchmarks.staging import PROCESSORS, Function, staged_code

TRANSACTIONS = 50
WORKER = FOLDER / "workers/transactions.py"


@contextlib.contextmanager
def warm(function: Function, aws: Aws, event: object) -> Iterator[Callable[[], float]]:
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
            commands.write(f"{TRANSACTIONS}\n")
            commands.flush()
            return float(output.readline())

        commands.write(json.dumps(event) + "\n")
        yield transactions
        commands.close()


def _measure(repetitions: int) -> Iterator[tuple[str, float]]:
    event = event_of("processor")
    with aws_on_loopback() as aws, staged_code() as staged, contextlib.ExitStack() as processes:
        functions = {"processor": staged.ours("processor")} | {
            name: staged.baseline(module) for name, module in PROCESSORS.items()
        }
        variants = {
            name: processes.enter_context(warm(function, aws, event))
            for name, function in functions.items()
        }
        yield from in_turn(variants, repetitions, warm_ups=2)


PROCESSOR = Benchmark(
    "A new transaction in a warm processor",
    "ms CPU",
    f"One process for each handler; {TRANSACTIONS} new transactions for each sample, over "
    "kept-alive TLS connections; CPU time of one transaction, without awslambdaric.",
    ("processor", *PROCESSORS),
    _measure,
)
