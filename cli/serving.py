"""The local AWS with a deployed stack, shared by `up` and `run`."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from cli.options import OUT
from local import deployment, docker, lifecycle
from local.launch import EngineError
from ops.stack import Stack
from ops.transaction import a_body

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
    default=lifecycle.STATE,
    show_default=".local",
    help="Folder for all files of the local AWS.",
)


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Show a spinner in a terminal, then print the seconds that the step took."""
    start = time.monotonic()
    with OUT.status(f"{doing} …"):
        yield
    OUT.print(f"{doing}: {time.monotonic() - start:.1f} s")


@contextmanager
def deployed(
    home: Path,
    port: int | None,
    suffix: str,
    *,
    iam: bool,
    also_at: str | None = None,
    detach: bool = False,
) -> Iterator[tuple[lifecycle.Engine, Stack]]:
    """Start the engine and deploy the stack; stop the engine on exit unless detached."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with step("Starting the engine"):
        engine = lifecycle.start(home, port, iam=iam, also_at=also_at)
    try:
        with step("Deploying template.yaml with sam"):
            stack = deployment.deploy(engine, suffix)
        stack.save(home / "stack.json")
        yield engine, stack
    except BaseException:
        stop(engine)
        raise
    if not detach:
        stop(engine)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors of the local AWS into one-line messages."""
    try:
        yield
    except (docker.DockerError, EngineError, deployment.DeploymentError) as error:
        raise click.ClickException(str(error)) from error


def introduce(stack: Stack) -> None:
    """Print the API's address and a first request."""
    body = json.dumps(a_body(transactionId="first", source="curl"))
    OUT.print(
        f"API  {stack.api_endpoint}\n"
        f"key  {stack.api_key}\n\n"
        f"curl -i {stack.api_endpoint} -H 'x-api-key: {stack.api_key}' "
        f"-H 'Content-Type: application/json' -d '{body}'\n"
    )


def serve(engine: lifecycle.Engine) -> None:
    """Wait until Ctrl-C; raise EngineError if the engine stops."""
    with suppress(KeyboardInterrupt):
        OUT.print("Serving. Press Ctrl-C to stop.")
        engine.wait()
        raise EngineError(f"The engine stopped: {engine.last_words()}")


def stop(engine: lifecycle.Engine) -> None:
    """Stop the engine, ignoring Ctrl-C meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave processes behind
    with step("Stopping the engine"):
        lifecycle.stop(engine)
