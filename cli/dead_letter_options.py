"""The argument and options that select dead-letter messages."""

import functools
import re
from collections.abc import Callable
from typing import Any

import click

from cli.options import complete_stage
from ops.dead_letter_selection import Selection
from ops.stack import Stack


def selecting(command: Callable[..., None]) -> Callable[..., None]:
    """Pass a stage and a selection of its dead-letter messages to a command, and add --dry-run."""

    @click.argument("stage", shell_complete=complete_stage)
    @click.option(
        "--dry-run", is_flag=True, help="List the dead-letter messages without changing them."
    )
    @click.option("--limit", type=click.IntRange(min=1), help="Maximum number of messages.")
    @click.option(
        "--only-error", metavar="REGEX", default="", help="Only messages whose error matches."
    )
    @click.option(
        "--id",
        "ids",
        metavar="ID",
        multiple=True,
        help="Only the message with this ID, as listed; repeat the option for others.",
    )
    @functools.wraps(command)
    def with_selection(
        stack: Stack,
        *,
        stage: str,
        limit: int | None,
        only_error: str,
        ids: tuple[str, ...],
        **options: Any,
    ) -> None:
        try:
            pattern = re.compile(only_error)
        except re.error as error:
            raise click.BadParameter(str(error), param_hint="--only-error") from error
        selection = Selection(pattern, frozenset(ids), limit)
        command(stack, source=stack.stage(stage), selection=selection, **options)

    return with_selection
