"""`pipeline status`: where one transaction is."""

import json
import sys
from pathlib import Path

import click

from cli.options import OUT, Unable, on_stack
from contract import FIELDS, is_well_formed
from local import lifecycle
from ops.stack import Stack
from ops.transaction_status import find


@click.command("status", epilog="Example: pipeline status order-1001")
@on_stack
@click.argument("transaction_id", metavar="[ID]", required=False)
def command(stack: Stack, *, transaction_id: str | None, as_json: bool) -> None:
    """Tell where the transaction ID is, and what to do about it.

    Without an ID, tell where the stack is.

    Shows its record, its audit object, its dead letters and what the functions logged of it. Exits
    with 1 if it is nowhere, or if record and audit object contradict each other.
    """
    if transaction_id is None:
        _show_stack(stack, as_json=as_json)
        return
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


def _show_stack(stack: Stack, *, as_json: bool) -> None:
    if stack.connection:
        home: Path = click.get_current_context().params["local_file"].parent
        engine = lifecycle.Engine.load(home.resolve())
        if engine and engine.process() is None:
            lifecycle.stop(engine)
            raise Unable(f"The engine had died: {engine.last_words()}")
    facts = {"stack": stack.name, "api": stack.api_endpoint, **stack.location}
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        OUT.print(f"{name:9} {value}", markup=False)
