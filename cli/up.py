"""`pipeline up`: start the local AWS and deploy the stack."""

from pathlib import Path

import click

from cli.options import OUT, EnvironmentSuffix, json_option, print_json
from cli.serving import deployed, home_option, introduce, one_line_errors, serve
from local import docker


@click.command("up", epilog="Example: pipeline up --detach")
@click.option("--detach", is_flag=True, help="Return once it serves; `pipeline down` stops it.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the engine.  [default: a free one]"
)
@click.option("--iam", is_flag=True, help="Enforce IAM policies.")
@click.option(
    "--docker",
    "bridge",
    is_flag=False,
    flag_value="docker0",
    metavar="[INTERFACE]",
    help="Network interface by which `sam local` in Docker reaches it.  [default: docker0]",
)
@click.option(
    "--suffix",
    type=EnvironmentSuffix(),
    default="local",
    show_default=True,
    help="EnvironmentSuffix of the stack.",
)
@home_option
@json_option
def command(
    *,
    detach: bool,
    port: int | None,
    iam: bool,
    bridge: str | None,
    suffix: str,
    home: Path,
    as_json: bool,
) -> None:
    """Start the local AWS, deploy the stack and serve until Ctrl-C."""
    OUT.quiet = as_json
    with one_line_errors():
        also_at = docker.bridge_address(bridge) if bridge else None
        with deployed(home, port, suffix, iam=iam, also_at=also_at, detach=detach) as (
            engine,
            stack,
        ):
            if bridge:
                docker.write_environment(stack, home / "env.json")
            if as_json:
                print_json(stack.description())
            else:
                introduce(stack)
            if not detach:
                serve(engine)
