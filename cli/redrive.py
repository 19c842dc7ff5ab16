"""`pipeline redrive`: redrive dead-letter messages."""

import re
import sys

import click

from cli.options import LOCAL_FILE, OUT, on_stack, print_json, progress_bar
from ops.evidence import DeadLetter, count_messages
from ops.redrive import redrive
from ops.stack import Stack, StackUnavailable


def _stages_of_the_local_stack(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    try:
        stack = Stack.local(context.params.get("local_file", LOCAL_FILE))
    except StackUnavailable:
        return []
    return [stage.name for stage in stack.stages if stage.name.startswith(incomplete)]


@click.command("redrive", epilog="Example: pipeline redrive processor --only-error Throttl")
@on_stack
@click.argument("stage", shell_complete=_stages_of_the_local_stack)
@click.option(
    "--dry-run", is_flag=True, help="List the dead-letter messages without redriving them."
)
@click.option("--limit", type=click.IntRange(min=1), help="Maximum number of messages.")
@click.option(
    "--only-error", metavar="REGEX", default="", help="Only messages whose error matches."
)
def command(
    stack: Stack,
    *,
    stage: str,
    dry_run: bool,
    limit: int | None,
    only_error: str,
    as_json: bool,
) -> None:
    """Redrive the dead-letter messages of STAGE, and delete each once Lambda has accepted it.

    It is safe to interrupt and rerun: no message is lost, and no transaction is recorded twice.
    """
    try:
        pattern = re.compile(only_error)
    except re.error as error:
        raise click.BadParameter(str(error), param_hint="--only-error") from error
    source = stack.stage(stage)
    redriven: list[DeadLetter] = []
    with progress_bar(quiet=as_json) as progress:
        bar = progress.add_task(
            "redriving",
            total=min(count_messages(stack, source.queue_name), limit or sys.maxsize),
        )

        def show(dead_letter: DeadLetter) -> None:
            redriven.append(dead_letter)
            if not as_json:
                OUT.print(f"{dead_letter.request_id}  {dead_letter.error}")
            progress.advance(bar)

        redrive(stack, source, show, dry_run=dry_run, limit=limit, only_error=pattern)
    if as_json:
        messages = [{"requestId": one.request_id, "error": one.error} for one in redriven]
        print_json({"stage": stage, "dryRun": dry_run, "deadLetters": messages})
    else:
        done = "would be redriven" if dry_run else "redriven"
        OUT.print(f"{stage}: {len(redriven)} dead-letter messages {done}.")
