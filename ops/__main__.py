"""`python -m ops audit|redrive`: what an operator runs against a stack, local or on AWS."""

import json
import re
import sys
from pathlib import Path

import click
from rich.progress import Progress

from ops import ledger
from ops.accepted import MalformedAccepted, read_accepted
from ops.audit import Unsettled, gather, report
from ops.cli import OUT, Unable, on_stack
from ops.evidence import DeadLetter
from ops.redrive import STAGES, Redrive, Stage, waiting
from ops.stack import Stack


@click.group()
def cli() -> None:
    """Operate a deployed stack: by its name on AWS, or the one that runs on this machine."""


@cli.command("audit", epilog="Example: python -m ops audit --accepted accepted.jsonl")
@on_stack
@click.option(
    "--accepted",
    "accepted_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help='What was answered with 202, a line each: {"requestId": "...", "transaction": {...}}.',
)
@click.option("--prefix", default="", help="Only transactions whose ids begin with it.")
def audit_command(stack: Stack, *, accepted_file: Path | None, prefix: str, as_json: bool) -> None:
    """Account for every accepted request, and compare every record with its audit object.

    Exits with 1 if it does not balance. DUPLICATE and CONFLICT are known from the processor's log,
    for as long as it is kept.
    """
    try:
        accepted = read_accepted(accepted_file) if accepted_file else []
        evidence = gather(stack, prefix)
    except (MalformedAccepted, Unsettled) as error:
        raise Unable(str(error)) from error
    found = ledger.balance(accepted, evidence)
    if as_json:
        click.echo(json.dumps(report(found, evidence), indent=2))
    else:
        for section, content in report(found, evidence).items():
            for name, value in content.items() if isinstance(content, dict) else ():
                OUT.print(f"{section:12} {name:36} {value}", markup=False)
        OUT.print("It balances." if found.balanced else "It does not balance.")
    if not found.balanced:
        sys.exit(1)


@cli.command("redrive", epilog="Example: python -m ops redrive processor --only-error Throttl")
@on_stack
@click.argument("stage", type=click.Choice(STAGES))
@click.option("--dry-run", is_flag=True, help="Show the dead letters only.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many.")
@click.option("--only-error", metavar="REGEX", default="", help="Only where the error matches.")
def redrive_command(
    stack: Stack,
    *,
    stage: Stage,
    dry_run: bool,
    limit: int | None,
    only_error: str,
    as_json: bool,
) -> None:
    """Invoke STAGE again with each of its dead letters; delete each when Lambda has taken it on.

    Kill it, and run it again: nothing is lost, and nothing is recorded twice.
    """
    try:
        chosen = Redrive(stage, dry_run, limit, re.compile(only_error))
    except re.error as error:
        raise click.BadParameter(str(error), param_hint="--only-error") from error
    shown: list[DeadLetter] = []
    with Progress(console=OUT, disable=as_json, transient=True) as progress:
        bar = progress.add_task("redriving", total=min(waiting(stack, stage), limit or sys.maxsize))

        def show(letter: DeadLetter) -> None:
            shown.append(letter)
            if not as_json:
                OUT.print(f"{letter.request_id}  {letter.error}", markup=False)
            progress.advance(bar)

        chosen.run(stack, show)
    if as_json:
        letters = [{"requestId": letter.request_id, "error": letter.error} for letter in shown]
        click.echo(json.dumps({"stage": stage, "dryRun": dry_run, "letters": letters}, indent=2))
    else:
        done = "would be invoked again" if dry_run else "invoked again"
        OUT.print(f"{stage}: {len(shown)} dead letters {done}.")


if __name__ == "__main__":
    cli()
