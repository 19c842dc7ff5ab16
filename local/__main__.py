"""`python -m local up|run|down|status`."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from local import deployment, docker, lifecycle
from local import run as main_job
from local.launch import ROOT, EngineError
from local.stack import LocalStack
from ops import summary
from ops.cli import OUT, EnvironmentSuffix
from ops.submission import MalformedEvents, read_submissions
from ops.transaction import a_body


@click.group()
def cli() -> None:
    """Run AWS on this machine, with template.yaml deployed as it is deployed to AWS."""


home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
    default=lifecycle.STATE,
    help="Folder of everything that it writes.  [default: .local]",
)


@cli.command()
@click.option("--detach", is_flag=True, help="Return when it serves; `down` stops it.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: a free one.")
@click.option("--iam", is_flag=True, help="Enforce the roles' policies.")
@click.option(
    "--docker",
    "bridge",
    is_flag=False,
    flag_value="docker0",
    metavar="[INTERFACE]",
    help="Let `sam local` in Docker reach it, by this network interface.  [default: docker0]",
)
@click.option(
    "--suffix",
    type=EnvironmentSuffix(),
    default="local",
    show_default=True,
    help="EnvironmentSuffix.",
)
@home_option
def up(
    *, detach: bool, port: int | None, iam: bool, bridge: str | None, suffix: str, home: Path
) -> None:
    """Start the engine and deploy; serve until Ctrl-C."""
    with _one_sentence():
        also_at = docker.bridge_address(bridge) if bridge else None
        with _deployed(home, port, suffix, iam=iam, also_at=also_at, detach=detach) as (
            engine,
            stack,
        ):
            if bridge:
                docker.write_environment(stack, home / "env.json")
            _introduce(stack)
            if not detach:
                _serve(engine)


@cli.command()
@click.option(
    "--events",
    type=click.Path(path_type=Path),
    default=ROOT / "events/transactions.json",
    help="What to submit.  [default: events/transactions.json]",
)
@home_option
def run(events: Path, home: Path) -> None:
    """Bring the pipeline up, submit transactions, follow each to its end.

    In a terminal it then serves until Ctrl-C. Exits with 0 only if all ended as expected.
    """
    try:
        submissions = read_submissions(events)
    except MalformedEvents as error:
        raise click.BadParameter(str(error), param_hint="--events") from error
    with _one_sentence(), _deployed(home, None, "local", iam=True) as (engine, stack):
        with step(f"Following {len(submissions)} transactions"):
            journeys = main_job.follow(stack, submissions)
        OUT.print(summary.table(journeys))
        OUT.print(summary.summary(journeys), markup=False)
        if OUT.is_terminal:
            _introduce(stack)
            _serve(engine)
    if not all(one.as_expected for one in journeys):
        raise click.ClickException("Not every transaction ended as expected.")


@cli.command()
@home_option
def down(home: Path) -> None:
    """Stop the engine and everything that it started."""
    engine = lifecycle.Engine.load(home)
    if engine is None:
        OUT.print("No engine is running.")
        return
    if engine.process() is None:
        OUT.print(f"The engine had died: {engine.last_words()}", markup=False)
    _stop(engine)


@cli.command()
@home_option
def status(home: Path) -> None:
    """Tell where the engine is and what is on it."""
    engine = lifecycle.Engine.load(home)
    if engine is None:
        raise click.ClickException("No engine is running.")
    if engine.process() is None:
        lifecycle.stop(engine)
        raise click.ClickException(f"The engine had died: {engine.last_words()}")
    facts = {"endpoint": engine.endpoint_url, "process": str(engine.pid)}
    if (home / "stack.json").exists():
        stack = LocalStack.load(home / "stack.json")
        facts |= {"stack": stack.stack_name, "api": stack.api_endpoint}
    for name, value in facts.items():
        OUT.print(f"{name:9} {value}", markup=False)


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Show what takes a while: a spinner in a terminal; in the end one line with its seconds."""
    begun = time.monotonic()
    with OUT.status(f"{doing} …"):
        yield
    OUT.print(f"{doing}: {time.monotonic() - begun:.1f} s")


@contextmanager
def _deployed(
    home: Path,
    port: int | None,
    suffix: str,
    *,
    iam: bool,
    also_at: str | None = None,
    detach: bool = False,
) -> Iterator[tuple[lifecycle.Engine, LocalStack]]:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with step("Starting the engine"):
        engine = lifecycle.start(home, port, iam=iam, also_at=also_at)
    try:
        with step("Deploying template.yaml with sam"):
            stack = deployment.deploy(engine, suffix)
        stack.save(home / "stack.json")
        yield engine, stack
    except BaseException:
        _stop(engine)
        raise
    if not detach:
        _stop(engine)


@contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except (docker.DockerError, EngineError, deployment.DeploymentError) as error:
        raise click.ClickException(str(error)) from error


def _introduce(stack: LocalStack) -> None:
    body = json.dumps(a_body(transactionId="first", source="curl"))
    OUT.print(
        f"API  {stack.api_endpoint}\n"
        f"key  {stack.api_key}\n\n"
        f"curl -i {stack.api_endpoint} -H 'x-api-key: {stack.api_key}' "
        f"-H 'Content-Type: application/json' -d '{body}'\n",
        markup=False,
    )


def _serve(engine: lifecycle.Engine) -> None:
    with suppress(KeyboardInterrupt):
        OUT.print("Serving; Ctrl-C stops it.")
        engine.wait()
        raise EngineError(f"The engine died: {engine.last_words()}")


def _stop(engine: lifecycle.Engine) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # impatience must not leave half of it running
    with step("Stopping the engine"):
        lifecycle.stop(engine)


if __name__ == "__main__":
    cli()
