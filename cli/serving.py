"""What `up` and `run` share: a local AWS with the stack on it, shown as it starts and stops."""

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
    help="Folder of everything that the local AWS writes.",
)


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Show a spinner in a terminal, and in the end one line with the seconds that it took."""
    begun = time.monotonic()
    with OUT.status(f"{doing} …"):
        yield
    OUT.print(f"{doing}: {time.monotonic() - begun:.1f} s")


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
    """Start the engine and deploy; stop it in the end, unless it is detached."""
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
def one_sentence() -> Iterator[None]:
    """Say in one sentence why the local AWS does not work."""
    try:
        yield
    except (docker.DockerError, EngineError, deployment.DeploymentError) as error:
        raise click.ClickException(str(error)) from error


def introduce(stack: Stack) -> None:
    """Print where the API is, and a first request."""
    body = json.dumps(a_body(transactionId="first", source="curl"))
    OUT.print(
        f"API  {stack.api_endpoint}\n"
        f"key  {stack.api_key}\n\n"
        f"curl -i {stack.api_endpoint} -H 'x-api-key: {stack.api_key}' "
        f"-H 'Content-Type: application/json' -d '{body}'\n",
        markup=False,
    )


def serve(engine: lifecycle.Engine) -> None:
    """Wait until Ctrl-C, or until the engine dies."""
    with suppress(KeyboardInterrupt):
        OUT.print("Serving; Ctrl-C stops it.")
        engine.wait()
        raise EngineError(f"The engine died: {engine.last_words()}")


def stop(engine: lifecycle.Engine) -> None:
    """Stop the engine, whatever is typed meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # impatience must not leave half of it running
    with step("Stopping the engine"):
        lifecycle.stop(engine)
