"""`pipeline discard`: delete dead-letter messages."""

import sys
from pathlib import Path

import click

from cli.dead_letter_options import selecting
from cli.options import OUT, Unable, confirm_by_name, on_stack, print_json, writing
from ops.dead_letter_selection import Selection
from ops.discard import default_name, discard, save, select
from ops.stack import Stack
from template.outputs import StageOutputs


@click.command("discard", epilog='Example: pipeline discard validator --only-error "is missing"')
@on_stack
@selecting
@click.option(
    "--output",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    show_default="discarded-STAGE-TIME.jsonl",
    help="File to append the messages to before they are deleted.",
)
@click.option("--yes", is_flag=True, help="Do not prompt for the name of the stage.")
def command(
    stack: Stack,
    *,
    source: StageOutputs[str],
    selection: Selection,
    file: Path | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete dead-letter messages of STAGE that a redrive cannot fix.

    The command lists the messages, prompts for the name of the stage, and appends the messages to a
    file before it deletes them. It deletes only messages that it listed. Exits with 1 if one of
    them was not found again.
    """
    prompts = not (yes or dry_run)
    if prompts and not sys.stdin.isatty():
        raise Unable("There is no terminal to confirm on; pass --yes. Nothing was deleted.")
    listed = select(stack, source, selection)
    for one in listed if prompts or not as_json else ():
        click.echo(f"{one.id}  {one.error}", err=as_json)
    deleted = 0
    if listed and not dry_run:
        if prompts:
            click.echo(f"{len(listed)} dead-letter messages will be deleted.", err=True)
            confirm_by_name("stage", source.name)
        file = file or Path(default_name(source.name))
        with writing(file, "--output"):
            save(file, listed)
        deleted = discard(stack, source, listed)
    saved = str(file) if listed and not dry_run else None
    if as_json:
        messages = [
            {"requestId": one.request_id, "messageId": one.message_id, "error": one.error}
            for one in listed
        ]
        facts = {"stage": source.name, "dryRun": dry_run, "deadLetters": messages}
        print_json({**facts, "deleted": deleted, "file": saved})
    elif dry_run:
        OUT.print(f"{source.name}: {len(listed)} dead-letter messages would be deleted.")
    else:
        where = f"; saved to {saved}" if saved else ""
        OUT.print(f"{source.name}: {deleted} dead-letter messages deleted{where}.")
    if not dry_run and deleted < len(listed):
        click.echo(f"{len(listed) - deleted} were not found again; rerun in a minute.", err=True)
        sys.exit(1)
