"""The options of commands that count on how long the functions take."""

import functools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from cli.param_types import DecimalRange
from ops.stage_durations import (
    CALLS_IN_WORDS,
    RESULTS,
    WAIT,
    NoDurations,
    StageDurations,
    execution,
)


def with_durations(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the measured durations, and --stage-duration to replace some of them."""

    @click.option(
        "--stage-duration",
        "executions",
        metavar="STAGE=MS",
        multiple=True,
        help="A stage's duration as REPORT tells it, in place of the measured one and its waits; "
        "may be given for each.",
    )
    @click.option(
        "--call-latency",
        "wait",
        type=DecimalRange("0", "60000"),
        default=WAIT,
        show_default=True,
        help=f"Milliseconds of each call to AWS ({CALLS_IN_WORDS}).",
    )
    @click.option(
        "--results",
        type=click.Path(path_type=Path),
        default=RESULTS,
        show_default="benchmarks/results.json",
        help="The measured durations.",
    )
    @functools.wraps(command)
    def measuring(
        executions: tuple[str, ...],
        results: Path,
        wait: Decimal,
        **options: Any,
    ) -> None:
        hint = "--stage-duration"
        try:
            given = dict(map(execution, executions))
            hint = "--results"
            measured = StageDurations.read(results).waiting(wait).with_executions(given)
        except NoDurations as error:
            raise click.BadParameter(str(error), param_hint=hint) from error
        command(measured=measured, **options)

    return measuring
