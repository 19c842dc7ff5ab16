"""The developer's loop: the second `make run`, until its first transaction is recorded."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import psutil

from benchmarks.bare import bare_engine, first_record, tree_cpu_seconds
from benchmarks.benchmark import Benchmark, CannotMeasure, clean_environment
from local import deployment, lifecycle
from local.launch import ROOT

DEPLOYED = "Deploying template.yaml"
TABLE = "transactions-local"


def _measure(repetitions: int) -> Iterator[tuple[str, float]]:
    if lifecycle.Engine.load():
        raise CannotMeasure("an engine is running already; stop it with: pipeline down")
    built = deployment.build(deployment.TEMPLATE)  # the second run finds it
    with tempfile.TemporaryDirectory() as home:
        make_run()
        bare_engine(built, Path(home))  # both fill their caches
        for _ in range(repetitions):
            for name, run in (
                ("make run", make_run),
                ("bare engine", lambda: bare_engine(built, Path(home))),
            ):
                wall, cpu = run()
                yield name, wall
                yield f"{name}: CPU", cpu


def make_run() -> tuple[float, float]:
    """Return the seconds, wall and CPU, from the start of make to the first record."""
    begun = time.perf_counter()
    with subprocess.Popen(
        ["make", "run"],  # noqa: S607 # as a developer finds it, on the PATH
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            if line.startswith(DEPLOYED):
                break
        engine = lifecycle.Engine.load()
        if engine is None:
            raise AssertionError("make run started no engine")
        first_record(boto3.client("dynamodb", **engine.connection), TABLE)
        cost = time.perf_counter() - begun, tree_cpu_seconds(psutil.Process(process.pid))
        for _ in process.stdout or ():
            pass  # it follows all transactions to their end, and stops
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return cost


LOOP = Benchmark(
    "The second `make run`, from its start to the first recorded transaction",
    "s",
    "Wall clock, which a developer waits for, with the CPU time of all processes beside. "
    "Bare engine: LocalEmu with this project's plug-in (without one, its functions need Docker) "
    "started directly, `sam deploy` of the same built template, one POST; one after the other, "
    "roles not enforced, sam's polling as quick as in `make run` (0.2 s; sam's own is slower). "
    "`make run` enforces the roles, submits all of events/transactions.json and watches "
    "for notifications. Both reuse the build of the same template.",
    ("make run", "make run: CPU", "bare engine", "bare engine: CPU"),
    _measure,
)
