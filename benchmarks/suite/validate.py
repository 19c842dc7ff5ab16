"""`validate` alone: the rules of a transaction, in one process, a body at a time."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator

from benchmarks.benchmark import Benchmark
from benchmarks.function import PYTHON
from benchmarks.staging import RIVALS
from benchmarks.workers.validate import names_of
from local.launch import ROOT

METHOD = (
    "All in one process, in turn, over the bodies of benchmarks/bodies.py, each sample long enough "
    "for 50 ms; CPU time of one body. All apply the same rules to the parsed body and return the "
    "amount as text; a refusal is caught. Ours says in its exception what is wrong, pydantic only "
    "when it is asked for the text."
)


def command(*arguments: str) -> subprocess.Popen[str]:
    """Start the worker that knows all validators."""
    path = [str(ROOT), str(ROOT / "src/validator"), str(RIVALS)]
    return subprocess.Popen(  # noqa: S603 # our own arguments
        [PYTHON, "-P", "-m", "benchmarks.workers.validate", *arguments],
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
    return Benchmark(
        f"`validate` on a {kind} body", "µs CPU", METHOD, names[:1], names[1:], _samples(kind)
    )


GOOD, BAD = _benchmark("good"), _benchmark("bad")
