"""`pipeline redrive`: redrive dead-letter messages."""

import sys

import click

from cli.dead_letter_options import selecting
from cli.options import OUT, on_stack, print_json, progress_bar
from ops.dead_letter_selection import Selection
from ops.evidence import DeadLetter, count_messages
from ops.foreign import problems
from ops.redrive import redrive
from ops.stack import Stack
from template.outputs import StageOutputs


@click.command("redrive", epilog="Example: pipeline redrive processor --only-error Throttl")
@on_stack
@selecting
def command(
    stack: Stack,
    *,
    source: StageOutputs[str],
    selection: Selection,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Redrive the dead-letter messages of STAGE, and delete each once Lambda has accepted it.

    It is safe to interrupt and rerun: no message is lost, and no transaction is recorded twice.
    """
    shown: list[DeadLetter] = []
    with progress_bar(quiet=as_json) as progress:
        bar = progress.add_task(
            "redriving",
            total=min(count_messages(stack, source.queue_name), selection.limit or sys.maxsize),
        )

        def show(dead_letter: DeadLetter) -> None:
            shown.append(dead_letter)
            if not as_json:
                OUT.print(f"{dead_letter.id}  {dead_letter.error}")
            progress.advance(bar)

        redrive(stack, source, show, dry_run=dry_run, selection=selection)
    redriven = [one for one in shown if not one.foreign]
    foreign = problems(one.foreign for one in shown if one.foreign)
    if as_json:
        messages = [{"requestId": one.request_id, "error": one.error} for one in redriven]
        facts = {"stage": source.name, "dryRun": dry_run, "deadLetters": messages}
        print_json({**facts, "foreign": foreign})
    else:
        done = "would be redriven" if dry_run else "redriven"
        OUT.print(f"{source.name}: {len(redriven)} dead-letter messages {done}.")
        if foreign:
            OUT.print(f"{len(foreign)} are foreign and stay: pipeline discard {source.name}")
