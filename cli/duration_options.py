"""Options for the durations of the functions."""

import functools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from cli.options import DecimalRange
from ops.stage_durations import (
    CALLS_IN_WORDS,
    RESULTS,
    WAIT,
    NoDurations,
    StageDurations,
    execution,
)


def with_durations(command: Callable[..., None]) -> Callable[..., None]:
    """Pass the durations of the stages to a command, with options that override them."""

    @click.option(
        "--stage-duration",
        "executions",
        metavar="STAGE=MS",
        multiple=True,
        help="Duration of a stage as in its REPORT lines, calls to AWS included; "
        "repeat the option for other stages.",
    )
    @click.option(
        "--call-latency",
        "wait",
        type=DecimalRange("0", "60000"),
        default=WAIT,
        show_default=True,
        help=f"Milliseconds per call to AWS ({CALLS_IN_WORDS}).",
    )
    @click.option(
        "--results",
        type=click.Path(path_type=Path),
        default=RESULTS,
        show_default="benchmarks/results.json",
        help="File of the measured durations.",
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
            measured = StageDurations.read(results).with_call_latency(wait).with_executions(given)
        except NoDurations as error:
            raise click.BadParameter(str(error), param_hint=hint) from error
        command(measured=measured, **options)

    return measuring
