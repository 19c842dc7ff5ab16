"""`pipeline console`: serve a page that shows the stack."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event

import click

from cli.options import OUT, Unable, exit_on_sigterm, on_stack, print_json
from local.launch import EngineError
from ops.stack import Stack


@click.command("console", epilog="Example: pipeline console --stack-name transactions-dev")
@on_stack
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the page.  [default: a free one]"
)
@click.option("--read-only", is_flag=True, help="Refuse everything that changes the stack.")
def command(stack: Stack, *, port: int | None, read_only: bool, as_json: bool) -> None:
    """Serve a page on loopback that shows the stack, until Ctrl-C.

    It shows the map with live counts, each transaction's waterfall and the dead-letter messages. It
    sends transactions, redrives, discards and, on the local AWS, injects faults.
    """
    # Flask takes longer to import than the rest of the command.
    from console.server import serving

    given = click.get_current_context().params
    file = None if given["stack_name"] else given["local_file"]

    def load() -> Stack:
        return Stack.local(file) if file else Stack.on_aws(stack.name)

    exit_on_sigterm()
    try:
        with (
            suppress(KeyboardInterrupt),
            serving(load, port=port, read_only=read_only, file=file) as url,
        ):
            if as_json:
                print_json({"console_url": url})
            else:
                OUT.print(f"Console  {url}\nServing. Press Ctrl-C to stop.")
            Event().wait()
    except EngineError as error:
        raise Unable(str(error)) from error


@contextmanager
def serving_console(home: Path) -> Iterator[None]:
    """Serve the console of the local stack in a folder, and print its address."""
    # What the command was asked for is on the screen by now: importing Flask takes a moment.
    from console.server import serving

    file = home / "stack.json"
    with serving(partial(Stack.local, file), file=file) as url:
        OUT.print(f"Console  {url}")
        yield
