"""`pipeline env`: the environment variables that the docs' examples use."""

import shlex

import click

from cli.options import on_stack, print_json
from ops.stack import Stack


@click.command("env", epilog='Example: eval "$(pipeline env)"')
@on_stack
def command(stack: Stack, *, as_json: bool) -> None:
    """Print KEY, ENDPOINT and, for the local AWS, AWS_* as shell exports."""
    variables = {"KEY": stack.api_key, "ENDPOINT": stack.api_endpoint, **stack.variables}
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
