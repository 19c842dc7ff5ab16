"""`pipeline submit`: submit transactions from a file."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import click

from cli.options import (
    INTERRUPTED,
    OUT,
    DecimalRange,
    on_stack,
    print_json,
    print_table,
    progress_bar,
    writing,
)
from cli.submission_table import count_responses, counted, rejections, shown, summary, table
from ops.foreign import problems
from ops.input_files import MalformedFile, Submission, read_submissions, written
from ops.stack import Stack
from ops.submission import ApiResponse, SubmissionResult
from ops.submitter import PARALLEL, PATIENCE_SECONDS, Submitter
from ops.tracking import TrackedSubmission, track

TERMINATED = 128 + signal.SIGTERM
"""The exit status after SIGTERM, as in a shell."""


@click.command(
    "submit", epilog="Example: pipeline submit orders.jsonl --wait --accepted accepted.jsonl"
)
@on_stack
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--wait",
    is_flag=True,
    help="Track each transaction to its outcome, record and audit object.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=DecimalRange("1", "86400"),
    default=str(PATIENCE_SECONDS),
    show_default=True,
    help="Seconds to wait for the last outcome.",
)
@click.option(
    "--parallel",
    type=click.IntRange(1, 10),
    default=PARALLEL,
    show_default=True,
    help="Parallel submissions. Transactions with the same ID keep their order.",
)
@click.option(
    "--accepted",
    "accepted_file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Append accepted requests to this file, for `audit --accepted`.",
)
def command(
    stack: Stack,
    *,
    file: Path,
    wait: bool,
    timeout: Decimal,
    parallel: int,
    accepted_file: Path | None,
    as_json: bool,
) -> None:
    """Submit the transactions of FILE.

    FILE is a JSON array or one transaction per line; `-` is standard input. Exits with 1 if an
    accepted transaction is not accounted for in time, if the API did not confirm whether it
    accepted one, or if it accepted none. It is safe to submit a transaction again. Ctrl-C and
    SIGTERM print the results so far, and exit with 130 and 143.
    """
    try:
        submissions = read_submissions(file)
    except MalformedFile as error:
        raise click.BadParameter(str(error), param_hint="FILE") from error
    submitter = Submitter(stack, submissions, parallel, patience=float(timeout))
    submitted: Sequence[SubmissionResult] = []
    interrupted = 0
    with (
        _terminable(),
        _appending(accepted_file) as record,
        progress_bar(quiet=as_json) as progress,
    ):
        bar = progress.add_task("submitting", total=len(submissions))

        def on_response(submission: Submission, response: ApiResponse) -> None:
            if record and response.accepted:
                line = {
                    "requestId": response.request_id,
                    "acceptedAt": round(response.responded_at * 1_000),
                    "transaction": submission.body,
                }
                record.write(written(line) + "\n")
            progress.advance(bar)

        submitter.on_response = on_response
        try:
            if wait:
                tracking_bar = progress.add_task("tracking", total=len(submissions))
                submitted = track(
                    submitter,
                    on_progress=lambda count: progress.update(tracking_bar, completed=count),
                )
            else:
                submitter.run()
        except KeyboardInterrupt as error:
            interrupted = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
    submitted = submitted or submitter.so_far()
    if as_json:
        counts = count_responses(submitted)
        transactions = [one.report() for one in submitted]
        print_json({**counts, "interrupted": bool(interrupted), "transactions": transactions})
    else:
        _print(submitted, interrupted=bool(interrupted))
    if interrupted:
        sys.exit(interrupted)
    none_accepted = not any(one.response.accepted for one in submitted)
    unexpected = any(one.submission.expect != one.outcome for one in submitted)
    if (none_accepted and unexpected) or not all(one.accounted_for for one in submitted):
        sys.exit(1)


class Terminated(KeyboardInterrupt):
    """SIGTERM was received."""


def _terminate(*_: object) -> None:
    raise Terminated


@contextmanager
def _terminable() -> Iterator[None]:
    """Raise Terminated on SIGTERM, so that no response to an open request is lost."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _appending(path: Path | None) -> Iterator[TextIO | None]:
    """Open the file, line-buffered, before the first submission."""
    if path is None:
        yield None
        return
    try:
        file = path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise click.BadParameter(
            f"{path} cannot be written: {error.strerror}", param_hint="--accepted"
        ) from error
    with writing(path, "--accepted"), file:
        yield file


def _print(submitted: Sequence[SubmissionResult], *, interrupted: bool) -> None:
    tracked = [one for one in submitted if isinstance(one, TrackedSubmission)]
    if tracked:
        print_table(table(tracked))
    elif interrupted:
        for one in submitted:
            OUT.print(f"{one.outcome:9} {shown(one.submission)}")
    for line in rejections(submitted):
        OUT.print(line)
    foreign = problems(item for one in tracked for item in one.foreign)
    for name, problem in foreign.items():
        OUT.print(f"foreign: {name}: {problem}")
    prefix = "Interrupted: " if interrupted else ""
    text = summary(tracked) if tracked else f"{counted(submitted)}."
    OUT.print(prefix + text)
