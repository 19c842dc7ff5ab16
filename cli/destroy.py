"""`pipeline destroy`: delete a stack with its data."""

from typing import TYPE_CHECKING

import click

from cli.options import OUT, Unable, confirm_by_name, on_stack, print_json, progress_bar
from ops.deletion import DataRetained, DeletionFailed, check_deletable, remove
from ops.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path


@click.command("destroy", epilog="Example: pipeline destroy --stack-name transaction-pipeline-dev")
@on_stack
@click.option("--yes", is_flag=True, help="Do not prompt for the name of the stack.")
def command(stack: Stack, *, yes: bool, as_json: bool) -> None:
    """Delete the stack and its data: records, outcomes, audit objects, dead-letter messages, logs.

    Every version of an audit object and every API key of a client is deleted. The command first
    prompts for the stack name. It fails if the stack retains data: by DeletionPolicy, by deletion
    protection of the table or by termination protection of the stack.
    """
    deleted = 0
    progress = progress_bar(quiet=as_json)
    bar = progress.add_task("deleting versions, then the stack", total=None)

    def emptied(count: int) -> None:
        nonlocal deleted
        deleted += count
        progress.update(bar, completed=deleted)

    try:
        check_deletable(stack)
        if not yes:
            _confirm(stack)
        with progress:
            remove(stack, emptied)
    except (DataRetained, DeletionFailed) as error:
        raise Unable(str(error)) from error
    _forget(stack)
    if as_json:
        print_json({"stack": stack.name, "versionsDeleted": deleted})
    else:
        OUT.print(f"Deleted {stack.name} and {deleted} versions of audit objects.")


def _confirm(stack: Stack) -> None:
    click.echo(
        f"{stack.name} will be deleted, with the tables {stack.outputs.table_name} and "
        f"{stack.outputs.outcomes_table_name} and the bucket {stack.outputs.bucket_name}. "
        "This cannot be undone.",
        err=True,
    )
    confirm_by_name("stack", stack.name)


def _forget(stack: Stack) -> None:
    """Delete the description file of a deleted local stack."""
    file: Path = click.get_current_context().params["local_file"]
    if stack.connection:
        file.unlink(missing_ok=True)
