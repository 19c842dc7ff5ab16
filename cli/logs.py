"""`pipeline logs`: the log lines of the stages, in one order."""

import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

import contract
from cli.options import OUT, complete_stage, on_stack, printable
from ops.log_events import LogEvent
from ops.stack import Stack
from ops.stage_logs import LogReader, Related, StageLog, times_of, without_platform_lines

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
INDENT = "    "
COLORS = ("cyan", "green", "magenta", "blue", "yellow")


@click.command("logs", epilog="Example: pipeline logs processor --tail")
@on_stack
@click.argument("stage", required=False, shell_complete=complete_stage)
@click.option("--tail", is_flag=True, help="Show the last minute and follow until Ctrl-C.")
@click.option(
    "--id",
    "name",
    metavar="ID",
    help="Only the lines of this transaction, request or invocation, as long as logs are kept.",
)
def command(
    stack: Stack, *, stage: str | None, tail: bool, name: str | None, as_json: bool
) -> None:
    """Show the log lines of all stages, or of STAGE, in one order.

    Shows the last hour, or with --id everything that the logs still hold. The durations of an
    invocation stand in place of Lambda's own lines. With --json, prints one JSON object per line.
    Exits with 1 if no line names the ID. Ctrl-C exits with 0.
    """
    if name is not None and not any(
        contract.is_well_formed(field, name) for field in contract.LOGGED
    ):
        rule = contract.FIELDS["transactionId"].rule
        raise click.BadParameter(f"{name!r} must be {rule}", param_hint="--id")
    logs = [StageLog.of(stack, one) for one in ([stack.stage(stage)] if stage else stack.stages)]
    if missing := without_platform_lines(logs):
        click.echo(missing, err=True)
    now = round(time.time() * 1_000)
    since, until = now - (MINUTE_MS if tail else HOUR_MS), now
    if name:
        since, until = times_of(stack, logs, name) or (now - MINUTE_MS, now)
    reader = LogReader(stack, logs, since, None if tail else until)
    related = Related(name) if name else None
    names = [one.name for one in stack.stages]
    shown = 0
    with suppress(KeyboardInterrupt):
        for events in reader.follow() if tail else [reader.read()]:
            for event in related.select(events) if related else events:
                shown += 1
                if as_json:
                    click.echo(json.dumps(event.report()))
                else:
                    print_event(OUT, event, names)
    if shown or tail:
        return
    click.echo(f"No line names {name}." if name else "No lines in the last hour.", err=True)
    if name:
        sys.exit(1)


def print_event(console: Console, event: LogEvent, stages: Sequence[str]) -> None:
    """Print an event on one line and its traceback below, or in columns on a terminal."""
    first, *traceback = (printable(line) for line in event.lines())
    place = stages.index(event.stage)
    cells = [
        Text(_clock(event.time), style="dim"),
        Text(event.stage.ljust(max(map(len, stages))), style=COLORS[place % len(COLORS)]),
        Text(first, style="red" if event.failed else "", overflow="fold"),
    ]
    if console.is_terminal:
        columns = Table.grid(padding=(0, 1, 0, 0))
        columns.add_row(*cells)
        console.print(columns, soft_wrap=False)
    else:
        console.print(Text(" ").join(cells))
    for line in traceback:
        # The terminal wraps it, so that its paths stay whole.
        console.print(Text(INDENT + line))


def _clock(milliseconds: int) -> str:
    """Return the local time, with the date unless it is today's."""
    moment = datetime.fromtimestamp(milliseconds / 1_000, UTC).astimezone()
    date = "" if moment.date() == datetime.now(UTC).astimezone().date() else f"{moment:%Y-%m-%d} "
    return f"{date}{moment:%H:%M:%S}.{moment.microsecond // 1_000:03}"
