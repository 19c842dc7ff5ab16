"""`validate` alone: the rules of a transaction, in one process, a body at a time."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator

from benchmarks.benchmark import NEWEST, Benchmark, python_of
from benchmarks.staging import BASELINES, SOURCE
from benchmarks.workers.validate import names_of
from local.launch import ROOT

METHOD = (
    "All in one process, in turn, over the bodies of benchmarks/workers/validate.py, each sample "
    "long enough for 50 ms; CPU time of one body. All apply the same rules to the parsed body and "
    "return the amount as text; a rejection is caught. Our exception contains the reason, "
    "pydantic's writes it on demand."
)


def command(*arguments: str) -> subprocess.Popen[str]:
    """Start the worker that imports all validators."""
    path = [str(ROOT), str(SOURCE), str(BASELINES)]
    return subprocess.Popen(  # noqa: S603 # our own arguments
        [python_of(NEWEST), "-P", "-m", "benchmarks.workers.validate", *arguments],
        env={"PYTHONPATH": os.pathsep.join(path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def _samples(kind: str) -> Callable[[int], Iterator[tuple[str, float]]]:
    def measure(repetitions: int) -> Iterator[tuple[str, float]]:
        with command(kind, str(repetitions)) as worker:
            for line in worker.stdout or ():
                name, microseconds = json.loads(line)
                yield name, microseconds
        if worker.returncode:
            raise subprocess.CalledProcessError(worker.returncode, worker.args)

    return measure


def _benchmark(kind: str) -> Benchmark:
    names = names_of(kind)
    return Benchmark(f"`validate` on a {kind} body", "µs CPU", METHOD, names, _samples(kind))


GOOD, BAD = _benchmark("good"), _benchmark("bad")
