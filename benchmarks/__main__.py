"""`python -m benchmarks run|report`."""

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import results
from benchmarks.benchmark import Benchmark, CannotMeasure
from benchmarks.sampling import Samples, collect
from benchmarks.suite import BENCHMARKS

OUT = Console(soft_wrap=True, highlight=False)
FEWEST = 15


@click.group()
def cli() -> None:
    """Measure what the system costs in time, and write docs/performance.md."""


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
    """Measure, all or those that are named, and keep the samples in benchmarks/results.json."""
    for name in names or BENCHMARKS:
        benchmark = BENCHMARKS[name]
        try:
            samples = _measured(benchmark, repetitions)
        except CannotMeasure as reason:
            OUT.print(f"{name}: skipped: {reason}", markup=False)
            continue
        results.store(name, benchmark, samples)


def _measured(benchmark: Benchmark, repetitions: int) -> Samples:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=OUT) as progress:
        total = repetitions * len(benchmark.variants)
        task = progress.add_task(benchmark.title, total=total)

        def counted(repetitions: int):  # type: ignore[no-untyped-def]
            for sample in benchmark.measure(repetitions):
                progress.advance(task)
                yield sample

        return collect(counted(repetitions))


if __name__ == "__main__":
    cli(prog_name="python -m benchmarks")
