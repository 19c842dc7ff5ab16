"""`python -m ops status`: where one transaction is."""

import json
import sys

import click

from contract import FIELDS, is_well_formed
from ops.cli import OUT, on_stack
from ops.stack import Stack
from ops.whereabouts import find


@click.command(epilog="Example: python -m ops status order-1001")
@on_stack
@click.argument("transaction_id", metavar="ID")
def command(stack: Stack, *, transaction_id: str, as_json: bool) -> None:
    """Tell where the transaction ID is, and what to do about it.

    Shows its record, its audit object, its dead letters and what the functions logged of it. Exits
    with 1 if it is nowhere, or if record and audit object contradict each other.
    """
    if not is_well_formed("transactionId", transaction_id):
        raise click.BadParameter(
            f"{transaction_id!r} must be {FIELDS['transactionId'].rule}", param_hint="ID"
        )
    found = find(stack, transaction_id)
    report = found.report()
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        OUT.print(f"{transaction_id}: {found.state}", markup=False)
        for name in ("records", "auditObjects", "deadLetters", "outcomes"):
            for entry in report[name]:
                told = "  ".join(str(value) for value in entry.values() if value != "")
                OUT.print(f"  {SINGULAR[name]:13} {told}", markup=False)
        for sentence in found.advice() or ["Nothing to do."]:
            OUT.print(sentence, markup=False)
    if not found.settled:
        sys.exit(1)


SINGULAR = {
    "records": "record",
    "auditObjects": "audit object",
    "deadLetters": "dead letter",
    "outcomes": "logged",
}
