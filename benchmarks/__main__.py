"""`python -m benchmarks run|report`."""

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import cold, edits, invocations, loop, results, synth, validate
from benchmarks.benchmark import Benchmark, CannotMeasure, python_of
from benchmarks.goals import load_notes, problems
from benchmarks.performance_doc import CHART, DOCUMENT, files
from cli.options import OUT, Unable
from local.launch import ROOT

FEWEST = 15
BENCHMARKS = {
    "validate-good": validate.GOOD_BODY,
    "validate-bad": validate.BAD_BODY,
    "validator-cold": cold.VALIDATOR,
    "processor-cold": cold.PROCESSOR,
    "processor-cold-oldest": cold.PROCESSOR_OLDEST,
    "notifier-cold": cold.NOTIFIER,
    "notifier-cold-oldest": cold.NOTIFIER_OLDEST,
    "processor-warm": invocations.WARM,
    "calls": invocations.CALLS,
    "durations": invocations.DURATIONS,
    "template": synth.TEMPLATE,
    "edit": edits.EDIT,
    "loop": loop.LOOP,
}
"""The quick ones first."""


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
            OUT.print(f"{name}: skipped: {reason}")
            continue
        results.store(name, benchmark, samples)


@cli.command()
def report() -> None:
    """Write docs/performance.md and its chart from benchmarks/results.json and notes.toml."""
    data, notes = results.load(), load_notes()
    for path, text in files(data, notes).items():
        (ROOT / path).write_text(text, encoding="utf-8")
    OUT.print(f"Wrote {DOCUMENT} and {CHART}")
    for problem in problems(data, notes["missed"]):
        OUT.print(problem)


def _measured(benchmark: Benchmark, repetitions: int) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = {variant: [] for variant in benchmark.variants}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=OUT) as progress:
        task = progress.add_task(benchmark.title, total=repetitions * len(samples))
        for variant, sample in benchmark.measure(repetitions):
            samples[variant].append(sample)
            progress.advance(task)
    return samples


if __name__ == "__main__":
    cli(prog_name="python -m benchmarks")
