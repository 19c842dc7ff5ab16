"""`pipeline outputs` and `env`: the outputs of the stack, to a file or to the shell."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import click

from cli.options import OUT, on_stack, print_json
from ops.stack import Stack
from template.outputs import StackOutputs

FLAT_OUTPUTS = Path("cfn-outputs/flat-outputs.json")


@click.command("outputs", epilog="Example: pipeline outputs --output outputs.json")
@on_stack
@click.option(
    "--output",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=FLAT_OUTPUTS,
    show_default=True,
    help="File to write the outputs to, as one flat JSON object.",
)
def outputs(stack: Stack, *, file: Path, as_json: bool) -> None:
    """Print the outputs and write them to a file.

    The API addresses are reachable ones: on the local AWS, addresses on this machine. The outputs
    do not include the value of the API key.
    """
    flat = _reachable(stack).flat()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(flat, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(
            f"{file} cannot be written: {error.strerror}", param_hint="--output"
        ) from error
    if as_json:
        print_json(flat)
        return
    for name, value in flat.items():
        OUT.print(f"{name:22} {value}")
    OUT.print(f"Written to {file}")


def _reachable(stack: Stack) -> StackOutputs[str]:
    path = stack.outputs.api_endpoint.removeprefix(stack.outputs.api_url)
    return replace(
        stack.outputs,
        api_endpoint=stack.api_endpoint,
        api_url=stack.api_endpoint.removesuffix(path),
    )


@click.command("env", epilog='Example: eval "$(pipeline env)"')
@on_stack
def env(stack: Stack, *, as_json: bool) -> None:
    """Print KEY, ENDPOINT and, for the local AWS, AWS_* and NO_PROXY as shell exports."""
    variables = {"KEY": stack.api_key, "ENDPOINT": stack.api_endpoint, **stack.variables}
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
