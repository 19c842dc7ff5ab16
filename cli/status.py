"""`pipeline status`: the state of a transaction or of the stack."""

import sys
from pathlib import Path

import click

from cli.options import OUT, Unable, on_stack, print_json
from contract import FIELDS, is_well_formed
from local import lifecycle
from ops.stack import Stack
from ops.transaction_status import find


@click.command("status", epilog="Example: pipeline status order-1001")
@on_stack
@click.argument("transaction_id", metavar="[ID]", required=False)
def command(stack: Stack, *, transaction_id: str | None, as_json: bool) -> None:
    """Show the state of the transaction ID and the next steps.

    Shows its record, audit object, dead-letter messages and log lines. Exits with 1 if the
    transaction is not found, or if its record and audit object contradict each other.

    Without an ID, shows where the stack is.
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
        print_json(report)
    else:
        OUT.print(f"{transaction_id}: {found.state}")
        for name, singular in SINGULAR.items():
            for entry in report[name]:
                values = "  ".join(str(value) for value in entry.values() if value != "")
                OUT.print(f"  {singular:13} {values}")
        for sentence in found.advice() or ["Nothing to do."]:
            OUT.print(sentence)
    if not found.settled:
        sys.exit(1)


SINGULAR = {
    "records": "record",
    "auditObjects": "audit object",
    "deadLetters": "dead-letter",
    "outcomes": "logged",
}


def _show_stack(stack: Stack, *, as_json: bool) -> None:
    if stack.connection:
        home: Path = click.get_current_context().params["local_file"].parent
        engine = lifecycle.Engine.load(home.resolve())
        if engine and engine.process() is None:
            lifecycle.stop(engine)
            raise Unable(f"The engine was not running: {engine.last_words()}")
    facts = {"stack": stack.name, "api": stack.api_endpoint, **stack.location}
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        OUT.print(f"{name:9} {value}")
