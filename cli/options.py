"""The shared options, output and error type of the commands."""

import functools
import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task, TaskID
from rich.table import Table
from rich.text import Text

from contract import masked
from ops.stack import Stack, StackUnavailable
from template.parameters import SUFFIX, SUFFIX_RULE

INTERRUPTED = 130
"""The exit status after Ctrl-C, as in a shell."""

UNLIMITED = 10_000

LOCAL_FILE = Path(".local/stack.json")

OUT = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)


class EnvironmentSuffix(click.ParamType):
    """The suffix of an environment's names, checked by the template parameter's pattern."""

    name = "suffix"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the suffix, or fail with the rule that it breaks."""
        if not re.fullmatch(SUFFIX, value):
            self.fail(f"{value!r} must be {SUFFIX_RULE}", param, ctx)
        return value


class DecimalRange(click.ParamType):
    """A decimal number within inclusive bounds; 1e6 is valid."""

    name = "number"

    def __init__(self, low: str, high: str) -> None:
        self.low, self.high = Decimal(low), Decimal(high)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the number, or fail with the bounds."""
        try:
            number = Decimal(str(value))
            within = self.low <= number <= self.high
        except InvalidOperation:
            within = False
        if not within:
            self.fail(
                f"{value!r} must be a number from {self.low:,f} to {self.high:,f}", param, ctx
            )
        return number


SHARE = DecimalRange("0", "1")


class Unable(click.ClickException):
    """The command could not run. Exit status 1 is for a check that failed."""

    exit_code = 2


def printable(text: str) -> str:
    """Return a text without card-like numbers, its control characters escaped."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in masked(text)
    )


def print_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2))


def exit_on_sigterm() -> None:
    """Let SIGTERM end the command as Ctrl-C does, so that it cleans up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def confirm_by_name(kind: str, name: str) -> None:
    """Prompt for a name; raises Unable unless it is typed."""
    try:
        typed = click.prompt(f"Type the name of the {kind}", err=True)
    except click.Abort as error:
        click.echo(err=True)
        raise Unable("No name was typed; nothing was deleted.") from error
    if typed != name:
        raise Unable("The name does not match; nothing was deleted.")


class ProgressLines(Progress):
    """An invisible progress bar that prints a line on standard error every ten seconds."""

    seconds = 10.0

    def __init__(self, *, rate: bool = False) -> None:
        super().__init__(console=OUT, disable=True)
        self._rate = rate
        self._due = time.monotonic() + self.seconds

    def update(self, task_id: TaskID, **changes: Any) -> None:
        """Update a task."""
        super().update(task_id, **changes)
        self._print(task_id)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """Advance a task."""
        super().advance(task_id, advance)
        self._print(task_id)

    def _print(self, task_id: TaskID) -> None:
        with self._lock:
            if time.monotonic() < self._due:
                return
            self._due = time.monotonic() + self.seconds
            task = self._tasks[task_id]
        total = f" of {task.total:,}" if task.total else ""
        rate = f", {task.speed:,.0f}/s" if self._rate and task.speed else ""
        left = f", {task.time_remaining:,.0f} s left" if rate and task.time_remaining else ""
        click.echo(f"{task.description}: {task.completed:,}{total}{rate}{left}", err=True)


class RateColumn(ProgressColumn):
    """The steps per second of a task."""

    def render(self, task: Task) -> Text:
        """Return the rate, once it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def progress_bar(*, quiet: bool, rate: bool = False) -> Progress:
    """Return a progress bar for a terminal, or one that prints lines elsewhere."""
    if quiet:
        return Progress(console=OUT, disable=True)
    if not OUT.is_terminal:
        return ProgressLines(rate=rate)
    columns = [*Progress.get_default_columns(), *([RateColumn()] if rate else [])]
    return Progress(*columns, console=OUT, transient=True)


def print_table(table: Table) -> None:
    """Print a table in the width of the console, or wider where a word or number would break."""
    unlimited = OUT.options.update(max_width=UNLIMITED)
    for column in table.columns:
        column.no_wrap = column.justify == "right"
        widths = [OUT.measure(one, options=unlimited) for one in (column.header, *column.cells)]
        column.min_width = max(one.maximum if column.no_wrap else one.minimum for one in widths)
    narrowest = OUT.measure(table, options=unlimited).minimum
    table.width = narrowest if narrowest > OUT.width else None
    OUT.print(table)


@contextmanager
def writing(path: Path, option: str) -> Iterator[None]:
    """Turn an error of writing a file into a one-line message that names the option."""
    try:
        yield
    except OSError as error:
        raise Unable(f"{option}: {path} cannot be written: {error.strerror}") from error


def complete_stage(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Return the stages of the local stack that begin as typed."""
    try:
        stack = Stack.local(context.params.get("local_file", LOCAL_FILE))
    except StackUnavailable:
        return []
    return [stage.name for stage in stack.stages if stage.name.startswith(incomplete)]


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def on_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Pass a stack to a command, add --json and turn AWS errors into one-line messages."""

    @click.option("--stack-name", metavar="NAME", help="Name of the stack on AWS.")
    @click.option(
        "--local",
        "local_file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=LOCAL_FILE,
        show_default=True,
        help="Description of a local stack, used without --stack-name.",
    )
    @json_option
    @functools.wraps(command)
    def with_stack(stack_name: str | None, local_file: Path, **options: Any) -> None:
        try:
            command(Stack.on_aws(stack_name) if stack_name else Stack.local(local_file), **options)
        except (StackUnavailable, BotoCoreError, ClientError) as error:
            unreachable = isinstance(error, EndpointConnectionError) and not stack_name
            hint = "; check that the local AWS is running: pipeline status" if unreachable else ""
            raise Unable(f"{error}{hint}") from error

    return with_stack
