"""A simulation from a tape, and what is done with many: shrink, enumerate."""

import time
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import botocore.endpoint
from botocore.retries.quota import RetryQuota

from ops.redrive import redrive
from tests.simulation.aws import OK
from tests.simulation.bugs import buggy
from tests.simulation.checks import Violation
from tests.simulation.clients import Gate
from tests.simulation.executions import FAULTS, Limits, Pruned
from tests.simulation.tape import Decisions, Tape, shrink, successor
from tests.simulation.versions import RELEASED, ROOT, STAGES, Version, load
from tests.simulation.workload import ACCEPTED_AT, Request, Workload
from tests.simulation.world import World

NOW = ACCEPTED_AT // 1_000 + 60
FORMS = ("stub", "botocore")
DELIVERIES = {
    "duplicate": Workload((Request("R1", "a", "1", "k1"), Request("R2", "a", "1", "k1"))),
    "conflict": Workload((Request("R1", "a", "1", "k1"), Request("R2", "a", "2", "k1"))),
}
"""Two deliveries of one transaction ID, whose schedules are enumerated."""


@dataclass
class Simulation:
    """A form of the clients and the versions of each stage, of which today's comes first."""

    form: str
    versions: Mapping[str, list[Version]]
    limits: Limits = field(default_factory=Limits)
    workload: Workload | None = None
    redrive: Callable[..., None] = redrive
    happened: Counter[str] = field(default_factory=Counter)
    gate: Gate = field(default_factory=lambda: Gate(lambda _: OK))

    def __post_init__(self) -> None:
        # A retry is one more call, and its budget would outlive a simulation.
        without_pause = types.SimpleNamespace(sleep=lambda _: None, time=time.time)
        botocore.endpoint.time = without_pause  # type: ignore[attr-defined]
        RetryQuota.acquire = lambda *_: True  # type: ignore[method-assign]
        for version in {id(one): one for found in self.versions.values() for one in found}.values():
            version.use(self.gate, self.form)
            version.replace("logs", "print", lambda _: None)
            version.replace("notifier", "time", types.SimpleNamespace(time=lambda: NOW))

    def world(self, tape: Tape, story: list[str] | None = None, **options: Any) -> World:
        """Return the start of a simulation."""
        return World(
            tape,
            self.gate,
            self.versions,
            self.limits,
            redrive=self.redrive,
            workload=self.workload,
            story=story,
            happened=self.happened,
            **options,
        )

    def run(
        self, tape: Tape, story: list[str] | None = None, *, seen: set[int] | None = None
    ) -> str | None:
        """Run a simulation; return which claim it violates."""
        try:
            self.world(tape, story, seen=seen).run()
        except Violation as violation:
            return str(violation)
        return None

    def shrunk(self, decisions: Decisions) -> list[int]:
        """Return the simplest decisions that still violate a claim."""
        return shrink(decisions, lambda simpler: self.run(Tape(simpler)) is not None)

    def enumerate(self) -> Iterator[tuple[Tape, str | None]]:
        """Run all schedules, each up to where an equal state has been."""
        decisions: list[int] | None = []
        seen: set[int] = set()
        while decisions is not None:
            tape = Tape(decisions)
            try:
                yield tape, self.run(tape, seen=seen)
            except Pruned:
                yield tape, None
            decisions = successor(tape)


def simulation(
    form: str, *, bug: str = "", delivery: str = "", faults: int = 2, old: str = "validator"
) -> Simulation:
    """Return a simulation of today's code, of a bug, or of two deliveries.

    While a deployment is in progress, the stage `old` may still run the released version: a
    deployment updates the last stage first.
    """
    if bug:
        version, command = buggy(bug, _today())
        return Simulation(form, {stage: [version] for stage in STAGES}, redrive=command)
    if delivery:
        # A stub does not retry: for it, to be throttled is to be refused.
        kinds = tuple(kind for kind in FAULTS if kind != "throttled")
        return Simulation(
            form,
            {stage: [_today()] for stage in STAGES},
            Limits(faults, duplicates=0, redrives=0, audits=0, kinds=kinds, reduced=True),
            DELIVERIES[delivery],
        )
    versions = {stage: [_today()] for stage in STAGES}
    if old:
        versions[old].append(_released())
    return Simulation(form, versions)


@cache
def _today() -> Version:
    return load("today", ROOT / "src")


@cache
def _released() -> Version:
    return load("released", Path(RELEASED, "src"))
