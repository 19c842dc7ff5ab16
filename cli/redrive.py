"""`pipeline redrive`: invoke dead letters again."""

import json
import re
import sys

import click
from rich.progress import Progress

from cli.options import LOCAL_FILE, OUT, on_stack
from ops.evidence import DeadLetter
from ops.queues import counted
from ops.redrive import Redrive
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
@click.option("--dry-run", is_flag=True, help="Show the dead letters only.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many.")
@click.option("--only-error", metavar="REGEX", default="", help="Only where the error matches.")
def command(
    stack: Stack,
    *,
    stage: str,
    dry_run: bool,
    limit: int | None,
    only_error: str,
    as_json: bool,
) -> None:
    """Invoke STAGE again with each of its dead letters; delete each when Lambda has taken it on.

    Kill it, and run it again: nothing is lost, and nothing is recorded twice.
    """
    try:
        chosen = Redrive(stack.stage(stage), dry_run, limit, re.compile(only_error))
    except re.error as error:
        raise click.BadParameter(str(error), param_hint="--only-error") from error
    shown: list[DeadLetter] = []
    with Progress(console=OUT, disable=as_json or not OUT.is_terminal, transient=True) as progress:
        bar = progress.add_task(
            "redriving", total=min(counted(stack, chosen.stage.queue_name), limit or sys.maxsize)
        )

        def show(letter: DeadLetter) -> None:
            shown.append(letter)
            if not as_json:
                OUT.print(f"{letter.request_id}  {letter.error}", markup=False)
            progress.advance(bar)

        chosen.run(stack, show)
    if as_json:
        letters = [{"requestId": letter.request_id, "error": letter.error} for letter in shown]
        click.echo(
            json.dumps({"stage": stage, "dryRun": dry_run, "deadLetters": letters}, indent=2)
        )
    else:
        done = "would be invoked again" if dry_run else "invoked again"
        OUT.print(f"{stage}: {len(shown)} dead letters {done}.")
