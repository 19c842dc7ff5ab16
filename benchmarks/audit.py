"""An audit of 10,000 to 1,000,000 transactions, and the audit of before at a size that it can do.

The benchmark starts this module as a process for each audit, and reads a JSON line of it.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache, partial

from benchmarks.audited import stack_at
from benchmarks.benchmark import BASELINES, SOURCE, Benchmark
from local.launch import ROOT

SIZES = (10_000, 100_000, 1_000_000)
BEFORE, BEFORE_SIZE = ", object by object", SIZES[0]
VARIANTS = {
    **{f"{size:,}": ("ops.audit", size) for size in SIZES},
    f"{BEFORE_SIZE:,}{BEFORE}": ("audit_object_by_object", BEFORE_SIZE),
}
CPU, MEMORY = "seconds", "mebibytes"
REPETITIONS_PER_ROUND = 15
TURNS = 3
"""Audits of the smallest size in a round, which has one of each larger size."""
METHOD = (
    "One process for each audit of a number of transactions, each with an outcome, a record and "
    "an audit object, against an AWS on loopback in another process, whose pages are as long as "
    "AWS's; three audits of 10,000 transactions, and one of each larger number. Object by object: "
    "the audit of before, which keeps everything in memory and reads each object."
)


def _start(module: str, *arguments: str) -> subprocess.Popen[str]:
    path = [str(ROOT), str(SOURCE), str(BASELINES)]
    return subprocess.Popen(  # our own arguments
        [sys.executable, "-P", "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stdout=subprocess.PIPE,
        text=True,
    )


@cache
def measured(module: str, size: int, turn: int) -> dict[str, float]:
    """Return what an audit takes; each turn measures anew, the same turn only once."""
    with _start("benchmarks.audited", str(size)) as server:
        try:
            port = next(iter(server.stdout or ())).strip()
            with _start("benchmarks.audit", module, port, str(size)) as worker:
                output, _ = worker.communicate()
        finally:
            server.terminate()
    found: dict[str, float] = json.loads(output)
    return found


def _measure(what: str, repetitions: int) -> Iterator[tuple[str, float]]:
    for turn in range(repetitions // REPETITIONS_PER_ROUND * TURNS):
        for name, (module, size) in VARIANTS.items():
            if size == SIZES[0] or turn % TURNS == 0:
                yield name, measured(module, size, turn)[what]


TIME, SPACE = (
    Benchmark(title, unit, METHOD + counted, tuple(VARIANTS), partial(_measure, what), ".venv")
    for what, title, unit, counted in (
        (CPU, "An audit", "s CPU", " CPU time from the first call to the verdict."),
        (MEMORY, "The memory of an audit", "MiB", " The largest resident memory of the process."),
    )
)


def main(module: str, port: str, size: str) -> None:
    """Print what an audit of this process takes."""
    stack = stack_at(f"http://127.0.0.1:{port}")
    _ = stack.dynamodb, stack.s3, stack.sqs, stack.functions
    audit = importlib.import_module(module).audit
    begun = time.process_time()
    audited = audit(stack)
    seconds = time.process_time() - begun
    if not getattr(audited, "found", audited).reconciled:
        raise AssertionError("the account is reconciled")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({CPU: seconds, MEMORY: peak / (2**20 if sys.platform == "darwin" else 2**10)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
