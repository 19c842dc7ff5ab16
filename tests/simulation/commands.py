"""The commands: each prints its result as JSON; a violated claim also prints its story."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from tests.simulation.bugs import BUGS
from tests.simulation.engine_faults import INJECTED, engine_faults
from tests.simulation.executions import FAULTS
from tests.simulation.simulation import DELIVERIES, FORMS, Simulation, simulation
from tests.simulation.tape import Tape
from tests.simulation.versions import STAGES

type Command = Callable[..., Any]

TAPES = Path(__file__).with_name("tapes")
COMMAND = "python -m tests.simulation"
MOST_SEEDS = 2_000


@dataclass
class Recorded:
    """A tape and the simulation that it belongs to."""

    decisions: list[int]
    form: str = "stub"
    bug: str = ""
    delivery: str = ""
    old: str = "validator"
    claim: str = field(default="", compare=False)

    def simulation(self) -> Simulation:
        """Return the simulation."""
        return simulation(self.form, bug=self.bug, delivery=self.delivery, old=self.old)

    def command(self) -> str:
        """Return the command that replays the tape."""
        flags = ("form", "bug", "delivery", "old")
        given = [f"--{name} {getattr(self, name)!r}" for name in flags if getattr(self, name)]
        return " ".join([COMMAND, "replay", *given, ",".join(map(str, self.decisions)) or "0"])

    @classmethod
    def load(cls, file: Path) -> "Recorded":
        """Read a tape from its file."""
        return cls(**json.loads(file.read_text(encoding="utf-8")))


@click.group()
def cli() -> None:
    """Simulate the pipeline: the real handlers, an AWS in memory, and faults from a seed."""


FORM = click.option("--form", type=click.Choice(FORMS), default="stub", show_default=True)


def _old(default: str) -> Callable[[Command], Command]:
    return click.option(
        "--old",
        type=click.Choice([*STAGES, ""]),
        default=default,
        help="A stage whose released version runs beside today's.",
    )


class Decisions(click.ParamType):
    """A tape: its file, or its numbers between commas."""

    name = "tape"

    def convert(self, value: Any, param: Any, ctx: Any) -> "Recorded":
        """Return the tape, or fail with the remedy."""
        if isinstance(value, Recorded):
            return value
        try:
            if Path(value).suffix == ".json":
                return Recorded.load(Path(value))
            return Recorded([*map(int, value.split(","))])
        except (OSError, ValueError, TypeError) as error:
            self.fail(f"{error}; name a file of {TAPES}, or write numbers as in 1,0,2", param, ctx)


@cli.command()
@click.argument("seeds", type=click.IntRange(min=1))
@FORM
@_old("validator")
def hunt(seeds: int, form: str, old: str) -> None:
    """Run as many random simulations; fail with the first that violates a claim."""
    found = simulation(form, old=old)
    start, steps = time.process_time(), 0
    for seed in range(seeds):
        tape = Tape.seeded(seed)
        if found.run(tape):
            click.echo(f"seed {seed}")
            _tell(Recorded(found.shrunk(tape.made), form, old=old))
        steps += len(tape.made)
    _report(schedules=seeds, decisions=steps, happened=found.happened, since=start)


@cli.command()
@click.argument("faults", type=click.IntRange(min=0))
@FORM
def exhaust(faults: int, form: str) -> None:
    """Run every schedule of two deliveries with up to as many faults."""
    start, schedules, steps = time.process_time(), {}, 0
    for delivery in DELIVERIES:
        found = simulation(form, delivery=delivery, faults=faults)
        schedules[delivery] = 0
        for tape, violated in found.enumerate():
            if violated:
                _tell(Recorded(found.shrunk(tape.made), form, delivery=delivery, old=""))
            schedules[delivery] += 1
            steps += len(tape.made)
    _report(faults=faults, schedules=schedules, decisions=steps, since=start)


@cli.command()
@click.argument("names", nargs=-1)
def bugs(names: Iterable[str]) -> None:
    """Plant each bug, and count the seeds until a claim is violated."""
    start, found = time.process_time(), {}
    for name in names or BUGS:
        planted = simulation("stub", bug=name)
        seeds = range(MOST_SEEDS)
        number = next((one for one in seeds if planted.run(Tape.seeded(one))), None)
        found[name] = None if number is None else number + 1
    _report(seeds=found, since=start)


@cli.command()
@click.argument("tape", type=Decisions())
@FORM
@click.option("--bug", type=click.Choice([*BUGS, ""]), default="", help="A planted bug.")
@click.option(
    "--delivery",
    type=click.Choice([*DELIVERIES, ""]),
    default="",
    help="The two deliveries of an enumeration.",
)
@_old("")
@click.option("--save", default="", help="Keep the tape as a regression test of this name.")
def replay(tape: Recorded, form: str, bug: str, delivery: str, old: str, save: str) -> None:
    """Run a TAPE again and tell its story: a file, or numbers between commas."""
    numbers = Recorded(tape.decisions, form, bug, delivery, old)
    recorded = tape if tape.claim else numbers
    story: list[str] = []
    violated = recorded.simulation().run(Tape(recorded.decisions), story)
    click.echo("\n".join([*story, violated or "No claim is violated."]))
    if save:
        recorded.claim = violated or ""
        (TAPES / f"{save}.json").write_text(json.dumps(asdict(recorded)) + "\n", encoding="utf-8")


@cli.command()
@click.argument("tape", type=Decisions())
@click.argument("prefix")
def faults(tape: Recorded, prefix: str) -> None:
    """Print the requests and faults of a TAPE for the local engine; PREFIX begins every ID."""
    story: list[str] = []
    world = simulation(tape.form, old="").world(Tape(tape.decisions), story)
    world.run()
    calls = tuple(f"INJECTED {FAULTS[kind]}" for kind in INJECTED)
    requests = [
        one._replace(
            request_id=f"{prefix}{one.request_id}", transaction_id=f"{prefix}{one.transaction_id}"
        )
        for one in world.workload.requests
    ]
    click.echo(
        json.dumps(
            {
                "requests": requests,
                "faults": engine_faults(world.struck, prefix, tape.form),
                "omitted": [one for one in story if "INJECTED" in one and not one.endswith(calls)],
            }
        )
    )


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
def tapes(files: Iterable[Path]) -> None:
    """Run the tapes of past failures on today's code, and on the code that failed."""
    start, found = time.process_time(), {}
    for file in files or sorted(TAPES.glob("*.json")):
        recorded = Recorded.load(file)
        tape = recorded.decisions
        today = simulation(recorded.form, delivery=recorded.delivery, old="")
        found[file.stem] = {
            "today": today.run(Tape(tape)),
            "then": recorded.simulation().run(Tape(tape)),
            "recorded": recorded.claim,
        }
    _report(tapes=found, since=start)


def _tell(recorded: Recorded) -> None:
    story: list[str] = []
    violated = recorded.simulation().run(Tape(recorded.decisions), story)
    lines = [*story, f"VIOLATED: {violated}", "", "Replay:", f"  {recorded.command()}"]
    click.echo("\n".join(lines))
    raise click.exceptions.Exit(1)


def _report(*, since: float, **results: Any) -> None:
    seconds = round(time.process_time() - since, 1)
    click.echo(json.dumps({**results, "cpuSeconds": seconds}))
