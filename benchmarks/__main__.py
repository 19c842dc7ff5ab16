"""`python -m benchmarks run|report`."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import results
from benchmarks.benchmark import Benchmark, CannotMeasure, python_of
from benchmarks.notes import Notes, problems
from benchmarks.performance_doc import CHART, DOCUMENT, write
from benchmarks.sampling import Samples, collect
from benchmarks.suite import BENCHMARKS
from ops.cli import OUT, Unable

FEWEST = 15


@click.group()
def cli() -> None:
    """Measure the system, and write docs/performance.md."""


@cli.command(epilog="Example: python -m benchmarks run validator-cold --repetitions 31")
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(list(BENCHMARKS)))
@click.option(
    "--repetitions",
    type=click.IntRange(FEWEST),
    default=FEWEST,
    show_default=True,
    help="Samples of each variant.",
)
def run(names: tuple[str, ...], repetitions: int) -> None:
    """Measure all benchmarks, or those NAMEd, and store the samples in benchmarks/results.json."""
    for venv in {BENCHMARKS[name].venv for name in names or BENCHMARKS}:
        if not python_of(venv).exists():
            raise Unable(f"{venv} is missing; make it with: make {venv}/ready")
    for name in names or BENCHMARKS:
        benchmark = BENCHMARKS[name]
        try:
            samples = _measured(benchmark, repetitions)
        except CannotMeasure as reason:
            OUT.print(f"{name}: skipped: {reason}", markup=False)
            continue
        results.store(name, benchmark, samples)


@cli.command()
def report() -> None:
    """Write docs/performance.md and its chart from benchmarks/results.json and notes.toml."""
    data, notes = results.load(), Notes.load()
    write(data, notes)
    OUT.print(f"Wrote {DOCUMENT} and {CHART}", markup=False)
    for problem in problems(data, notes):
        OUT.print(problem, markup=False)


def _measured(benchmark: Benchmark, repetitions: int) -> Samples:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=OUT) as progress:
        total = repetitions * len(benchmark.variants)
        task = progress.add_task(benchmark.title, total=total)
        samples = collect(_counted(benchmark.measure(repetitions), partial(progress.advance, task)))
    return {variant: samples[variant] for variant in benchmark.variants}


def _counted[Item](items: Iterable[Item], count: Callable[[], None]) -> Iterator[Item]:
    for item in items:
        count()
        yield item


if __name__ == "__main__":
    cli(prog_name="python -m benchmarks")
