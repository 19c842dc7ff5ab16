"""`pipeline audit`: reconcile accepted requests with stored data."""

import sys
from pathlib import Path

import click

from cli.options import OUT, Unable, on_stack, print_json
from ops.audit import Unsettled, gather, report
from ops.input_files import MalformedFile, read_accepted
from ops.reconciliation import Evidence, Reconciliation, reconcile
from ops.stack import Stack


@click.command("audit", epilog="Example: pipeline audit --accepted accepted.jsonl")
@on_stack
@click.option(
    "--accepted",
    "accepted_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help='Accepted requests, one JSON object per line: {"requestId": "...", "transaction": {...}}.',
)
@click.option("--prefix", default="", help="Only transactions whose IDs start with this prefix.")
def command(stack: Stack, *, accepted_file: Path | None, prefix: str, as_json: bool) -> None:
    """Reconcile accepted requests with outcomes, records, audit objects and dead-letter messages.

    Exits with 1 on a discrepancy or foreign data. A request whose outcome has expired is UNKNOWN.
    """
    try:
        accepted = read_accepted(accepted_file) if accepted_file else []
        evidence = gather(stack, prefix)
    except (MalformedFile, Unsettled) as error:
        raise Unable(str(error)) from error
    found = reconcile(accepted, evidence)
    summary = report(found, evidence)
    if as_json:
        print_json(summary)
    else:
        if accepted_file is None:
            del summary["requests"]
        for section, content in summary.items():
            for name, value in content.items() if isinstance(content, dict) else ():
                OUT.print(f"{section:12} {name:36} {value}")
        OUT.print(_sentence(found, evidence))
    if not found.reconciled:
        sys.exit(1)


def _sentence(found: Reconciliation, evidence: Evidence) -> str:
    if not found.reconciled:
        kinds = ["discrepancies"] if found.discrepancies or found.inconsistent else []
        kinds += ["foreign data"] if found.foreign else []
        return f"{' and '.join(kinds).capitalize()} found: see docs/operations.md."
    redrivable = [f"{count} in {stage}" for stage, count in evidence.by_stage.items() if count]
    if not redrivable:
        return "Reconciled."
    return f"Reconciled, with dead-letter messages to redrive: {', '.join(redrivable)}."
