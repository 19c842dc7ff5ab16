"""`pipeline dev`: the local AWS, with the handlers as they are in src/."""

import time
from contextlib import suppress
from pathlib import Path

import click

from cli.console import serving_console
from cli.local_aws import home_option, introduce, one_line_errors, stop_with
from cli.options import OUT, Unable, exit_on_sigterm, json_option, print_json
from cli.transaction_lines import print_transactions
from local import dev as loop
from local.launch import ROOT, EngineError

POLL_SECONDS = 0.25


def _follow(session: loop.Session) -> None:
    """Print what changes and what happens, until the engine stops."""
    followed = None
    while True:
        for line in session.changes():
            OUT.print(line)
        if session.engine != followed:
            followed = session.engine
            print_transactions(followed.endpoint_url, session.stack.stages)
        time.sleep(POLL_SECONDS)


@click.command("dev", epilog="Example: pipeline dev --debug validator,processor")
@click.option(
    "--debug",
    "stages",
    metavar="STAGE[,STAGE]",
    default="",
    help="Stages whose functions wait for a debugger.",
)
@click.option("--fresh", is_flag=True, help="Discard the saved state, and deploy again.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=loop.PORT,
    show_default=True,
    help="Port of the engine.",
)
@home_option
@json_option
def dev(*, stages: str, fresh: bool, port: int, home: Path, as_json: bool) -> None:
    """Serve until Ctrl-C, and follow changes of the handlers and of the template.

    Goes on with the data of the last `pipeline dev`, at the same address with the same key.
    """
    OUT.quiet = as_json
    exit_on_sigterm()
    try:
        ports = loop.debugger_ports(ROOT, [name for name in stages.split(",") if name])
    except loop.InvalidStage as error:
        raise click.BadParameter(str(error), param_hint="--debug") from error
    try:
        session = loop.Session(home, port, ports=ports)
    except EngineError as error:
        raise Unable(str(error)) from error
    with one_line_errors():
        try:
            for line in session.start(fresh=fresh):
                OUT.print(line)
            if as_json:
                print_json(session.stack.description())
            introduce(session.stack)
            for stage, at in ports.items():
                OUT.print(f"{stage} waits for a debugger at 127.0.0.1:{at}.")
            with suppress(KeyboardInterrupt), serving_console(home):
                OUT.print("Serving. Press Ctrl-C to stop.")
                _follow(session)
        finally:
            stop_with(session.stop)
