"""`pipeline audit`: account for every accepted request."""

import json
import sys
from pathlib import Path

import click

from cli.options import OUT, Unable, on_stack
from ops.accepted import MalformedAccepted, read_accepted
from ops.audit import Unsettled, gather, report
from ops.reconciliation import Evidence, Reconciliation, reconcile
from ops.stack import Stack


@click.command("audit", epilog="Example: pipeline audit --accepted accepted.jsonl")
@on_stack
@click.option(
    "--accepted",
    "accepted_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help='What was answered with 202, a line each: {"requestId": "...", "transaction": {...}}.',
)
@click.option("--prefix", default="", help="Only transactions whose ids begin with it.")
def command(stack: Stack, *, accepted_file: Path | None, prefix: str, as_json: bool) -> None:
    """Account for every accepted request, and compare every record with its audit object.

    Exits with 1 if it does not balance. DUPLICATE and CONFLICT are known from the processor's log,
    for as long as it is kept.
    """
    try:
        accepted = read_accepted(accepted_file) if accepted_file else []
        evidence = gather(stack, prefix)
    except (MalformedAccepted, Unsettled) as error:
        raise Unable(str(error)) from error
    found = reconcile(accepted, evidence)
    if as_json:
        click.echo(json.dumps(report(found, evidence), indent=2))
    else:
        shown = report(found, evidence)
        if accepted_file is None:
            del shown["requests"]
        for section, content in shown.items():
            for name, value in content.items() if isinstance(content, dict) else ():
                OUT.print(f"{section:12} {name:36} {value}", markup=False)
        OUT.print(_verdict(found, evidence))
    if not found.reconciled:
        sys.exit(1)


def _verdict(found: Reconciliation, evidence: Evidence) -> str:
    if not found.reconciled:
        return "It does not balance."
    waiting = [f"{count} in {stage}" for stage, count in evidence.by_stage.items() if count]
    if not waiting:
        return "It balances."
    return f"It balances, with dead-letter messages to redrive: {', '.join(waiting)}."
