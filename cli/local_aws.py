"""`pipeline up`, `run` and `down`: the local AWS with a deployed stack."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from cli import submission_table
from cli.console import serving_console
from cli.options import (
    OUT,
    EnvironmentSuffix,
    Unable,
    exit_on_sigterm,
    json_option,
    print_json,
    print_table,
)
from cli.transaction_lines import print_transactions
from local import deployment, docker, lifecycle
from local.launch import ROOT, EngineError
from ops.input_files import MalformedFile
from ops.stack import Stack
from ops.submission import SubmissionCounts
from ops.submission_file import read_submissions
from ops.submitter import Submitter
from ops.tracking import track
from ops.transaction import a_body

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
    default=lifecycle.STATE,
    show_default=".local",
    help="Folder for all files of the local AWS.",
)


@contextmanager
def _step(doing: str) -> Iterator[None]:
    """Show a spinner in a terminal, then print the seconds that the step took."""
    start = time.monotonic()
    with OUT.status(f"{doing} …"):
        yield
    OUT.print(f"{doing}: {time.monotonic() - start:.1f} s")


@contextmanager
def _deployed(
    home: Path,
    port: int | None,
    suffix: str,
    *,
    iam: bool,
    also_at: str | None = None,
    detach: bool = False,
) -> Iterator[tuple[lifecycle.Engine, Stack]]:
    """Start the engine and deploy the stack; stop the engine on exit unless detached."""
    exit_on_sigterm()
    with _step("Starting the engine"):
        engine = lifecycle.start(home, port, iam=iam, also_at=also_at)
    try:
        with _step("Deploying template.yaml with sam"):
            stack = deployment.deploy(engine, suffix)
        stack.save(home / "stack.json")
        yield engine, stack
    except BaseException:
        _stop(engine)
        raise
    if not detach:
        _stop(engine)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors of the local AWS into one-line messages."""
    try:
        yield
    except (docker.DockerError, EngineError, deployment.DeploymentError) as error:
        raise Unable(str(error)) from error


def introduce(stack: Stack) -> None:
    """Print the API's address and a first request."""
    body = json.dumps(a_body(transactionId="first", source="curl"))
    OUT.print(
        f"API  {stack.api_endpoint}\n"
        f"key  {stack.api_key}\n\n"
        f"curl -i {stack.api_endpoint} -H 'x-api-key: {stack.api_key}' "
        f"-H 'Content-Type: application/json' -d '{body}'\n"
    )


def _serve(engine: lifecycle.Engine, stack: Stack, since: float = 0) -> None:
    """Serve the console and print each transaction that ends, until Ctrl-C.

    `since` is a time in seconds since the epoch; what ended before is not printed. Raises
    EngineError if the engine stops.
    """
    with suppress(KeyboardInterrupt), serving_console(engine.home):
        OUT.print("Serving. Press Ctrl-C to stop.")
        print_transactions(engine.endpoint_url, stack.stages, since).join()
        engine.wait()
        raise EngineError(f"The engine stopped: {engine.last_words()}")


def stop_with(stop: Callable[[], None]) -> None:
    """Stop the engine, ignoring Ctrl-C meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave processes behind
    with _step("Stopping the engine"):
        stop()


def _stop(engine: lifecycle.Engine) -> None:
    stop_with(lambda: lifecycle.stop(engine))


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
def up(
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
        environment = _deployed(home, port, suffix, iam=iam, also_at=also_at, detach=detach)
        with environment as (engine, stack):
            if bridge:
                docker.write_environment(stack, home / "env.json")
            if as_json:
                print_json(stack.description())
            else:
                introduce(stack)
            if not detach:
                _serve(engine, stack)


@click.command("run", epilog="Example: pipeline run --events events/transactions.json")
@click.option(
    "--events",
    type=click.Path(path_type=Path),
    default=ROOT / "events/transactions.json",
    show_default="events/transactions.json",
    help="Transactions to submit.",
)
@home_option
@json_option
def run(*, events: Path, home: Path, as_json: bool) -> None:
    """Start the local AWS, submit transactions and track each to its outcome.

    In a terminal, the local AWS then serves until Ctrl-C. Exits with 0 only if every transaction
    ended as expected.
    """
    OUT.quiet = as_json
    try:
        submissions = read_submissions(events)
    except MalformedFile as error:
        raise click.BadParameter(str(error), param_hint="--events") from error
    with one_line_errors(), _deployed(home, None, "local", iam=True) as (engine, stack):
        with _step(f"Tracking {len(submissions)} transactions"):
            tracked = track(Submitter(stack, submissions))
        print_table(submission_table.table(tracked))
        for line in submission_table.rejections(SubmissionCounts.of(tracked)):
            OUT.print(line)
        OUT.print(submission_table.summary(tracked))
        if as_json:
            print_json([one.report() for one in tracked])
        elif OUT.is_terminal:
            introduce(stack)
            _serve(engine, stack, since=time.time())
    if not all(one.as_expected for one in tracked):
        raise click.ClickException("Some transactions did not end as expected.")


@click.command("down", epilog="Example: pipeline down")
@home_option
@json_option
def down(*, home: Path, as_json: bool) -> None:
    """Stop the local AWS and every process that it started."""
    OUT.quiet = as_json
    engine = lifecycle.Engine.load(home)
    if engine is None:
        OUT.print("No engine is running.")
    else:
        if engine.process() is None:
            OUT.print(f"The engine was not running: {engine.last_words()}")
        _stop(engine)
    if as_json:
        click.echo(json.dumps({"stopped": engine is not None}))
