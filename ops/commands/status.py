"""`python -m ops status`: where one transaction is."""

import json
import re
import sys

import click

from ops.cli import OUT, on_stack
from ops.stack import Stack
from ops.whereabouts import find

_is_transaction_id = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}").fullmatch


@click.command(epilog="Example: python -m ops status order-1001")
@on_stack
@click.argument("transaction_id", metavar="ID")
def command(stack: Stack, *, transaction_id: str, as_json: bool) -> None:
    """Tell where the transaction ID is, and what to do about it.

    Shows its record, its audit object, its dead letters and what the functions logged of it. Exits
    with 1 if it is nowhere, or if record and audit object contradict each other.
    """
    if not _is_transaction_id(transaction_id):
        raise click.BadParameter("1 to 64 of A-Z a-z 0-9 . _ - are an id", param_hint="ID")
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
