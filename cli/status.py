"""`pipeline status`: the state of a transaction or of the stack."""

import sys
from pathlib import Path

import click

from cli.options import OUT, Unable, on_stack, print_json
from contract import FIELDS
from local import lifecycle
from ops.stack import Stack
from ops.transaction_status import find


@click.command("status", epilog="Example: pipeline status order-1001")
@on_stack
@click.argument("name", metavar="[ID]", required=False)
def command(stack: Stack, *, name: str | None, as_json: bool) -> None:
    """Show the state of the transaction ID, or of the transaction of the request ID.

    Shows its record, audit object, dead-letter messages, the outcomes of its requests, and the next
    steps. Exits with 1 if the transaction is not found, or if what is stored contradicts itself.

    Without an ID, shows where the stack is.
    """
    if name is None:
        _show_stack(stack, as_json=as_json)
        return
    found = find(stack, name)
    if found is None:
        raise click.BadParameter(
            f"{name!r} must be {FIELDS['transactionId'].rule}", param_hint="ID"
        )
    report = found.report()
    if as_json:
        print_json(report)
    else:
        OUT.print(f"{found.transaction_id}: {found.state}")
        for section, singular in SINGULAR.items():
            for entry in report[section]:
                values = "  ".join(
                    "no outcome" if value is None else str(value)
                    for value in entry.values()
                    if value != ""
                )
                OUT.print(f"  {singular:13} {values}")
        for thing, problem in report["foreign"].items():
            OUT.print(f"  {'foreign':13} {thing}  {problem}")
        for sentence in found.advice() or ["Nothing to do."]:
            OUT.print(sentence)
    if not found.settled:
        sys.exit(1)


SINGULAR = {
    "records": "record",
    "auditObjects": "audit object",
    "deadLetters": "dead-letter",
    "requests": "request",
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
