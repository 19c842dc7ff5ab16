"""`pipeline destroy`: remove a stack with all that it keeps."""

import json
from typing import TYPE_CHECKING

import click
from rich.progress import Progress

from cli.options import OUT, Unable, on_stack
from ops.deletion import DataRetained, DeletionFailed, refuse_to_remove_what_is_kept, remove
from ops.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path


@click.command("destroy", epilog="Example: pipeline destroy --stack-name transaction-pipeline-dev")
@on_stack
@click.option("--yes", is_flag=True, help="Do not ask for the name of the stack.")
def command(stack: Stack, *, yes: bool, as_json: bool) -> None:
    """Delete the stack with all that it keeps.

    Records, every version of the audit objects, dead letters, logs.

    It asks for the name of the stack first. It refuses where data is to be kept: a DeletionPolicy
    that retains, deletion protection of the table, termination protection of the stack.
    """
    deleted = 0
    progress = Progress(console=OUT, disable=as_json or not OUT.is_terminal, transient=True)
    bar = progress.add_task("deleting versions, then the stack", total=None)

    def emptied(count: int) -> None:
        nonlocal deleted
        deleted += count
        progress.update(bar, completed=deleted)

    try:
        refuse_to_remove_what_is_kept(stack)
        if not yes:
            _confirm(stack)
        with progress:
            remove(stack, emptied)
    except (DataRetained, DeletionFailed) as error:
        raise Unable(str(error)) from error
    _forget(stack)
    if as_json:
        click.echo(json.dumps({"stack": stack.name, "versionsDeleted": deleted}, indent=2))
    else:
        OUT.print(f"{stack.name} is gone, and {deleted} versions of audit objects.", markup=False)


def _confirm(stack: Stack) -> None:
    click.echo(
        f"{stack.name} will be deleted, with the table {stack.outputs.table_name} and the bucket "
        f"{stack.outputs.bucket_name}. There is no way back.",
        err=True,
    )
    try:
        typed = click.prompt("Type the name of the stack", err=True)
    except click.Abort as error:
        click.echo(err=True)
        raise Unable("No name was typed: nothing was deleted.") from error
    if typed != stack.name:
        raise Unable("That is not its name: nothing was deleted.")


def _forget(stack: Stack) -> None:
    """Delete the description of a local stack that is no more."""
    file: Path = click.get_current_context().params["local_file"]
    if stack.connection:
        file.unlink(missing_ok=True)
