"""`pipeline submit`: submit transactions from a file."""

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

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
from cli.submission_table import as_json as counts_as_json
from cli.submission_table import counted, rejections, summary, table
from ops.accepted_file import Accepted, AcceptedFile, CutOff
from ops.foreign import problems
from ops.input_files import MalformedFile, Submission
from ops.stack import Stack
from ops.submission import ApiResponse, SubmissionCounts, SubmissionResult
from ops.submission_file import SubmissionFile
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
    help="Append accepted requests to this file, for `audit --accepted` and --resume.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Submit only what the file of --accepted does not list.",
)
def command(
    stack: Stack,
    *,
    file: Path,
    wait: bool,
    timeout: Decimal,
    parallel: int,
    accepted_file: Path | None,
    resume: bool,
    as_json: bool,
) -> None:
    """Submit the transactions of FILE.

    FILE is a JSON array or one transaction per line; `-` is standard input. Exits with 1 if an
    accepted transaction is not accounted for in time, if the API did not confirm whether it
    accepted one, or if it accepted none. It is safe to submit a transaction again. Ctrl-C and
    SIGTERM print the results so far, and exit with 130 and 143. After them, or after a crash,
    --resume submits the others, those in progress at that time included.
    """
    if resume and not accepted_file:
        raise click.UsageError("--resume needs --accepted, the file of what was accepted before")
    counts, lock = SubmissionCounts(), threading.Lock()
    submitted: Sequence[SubmissionResult] = []
    interrupted = 0
    with (
        _terminable(),
        _reading(file) as submissions,
        _resuming(accepted_file if resume else None, submissions) as before,
        _appending(accepted_file) as record,
        progress_bar(quiet=as_json) as progress,
    ):
        total = submissions.count - before.count
        bar = progress.add_task("submitting", total=total)

        def on_response(submission: Submission, response: ApiResponse) -> None:
            if record and response.accepted:
                record.add(submission, response)
            with lock:
                counts.add(SubmissionResult(submission, response))
            progress.advance(bar)

        submitter = Submitter(
            stack,
            before.missing(submissions),
            parallel,
            patience=float(timeout),
            on_response=on_response,
            keeps_results=wait or as_json,
        )
        try:
            if wait:
                tracking_bar = progress.add_task("tracking", total=total)
                submitted = track(
                    submitter,
                    on_progress=lambda count: progress.update(tracking_bar, completed=count),
                )
            else:
                submitter.run()
        except KeyboardInterrupt as error:
            interrupted = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
    submitted = submitted or submitter.so_far()
    counts = SubmissionCounts.of(submitted) if submitted else counts
    if as_json:
        resumed = {"acceptedBefore": before.count} if resume else {}
        transactions = [one.report() for one in submitted]
        state = {"interrupted": bool(interrupted), "transactions": transactions}
        print_json({**counts_as_json(counts), **resumed, **state})
    else:
        _print(submitted, counts, interrupted=bool(interrupted))
        if resume:
            OUT.print(f"{before.count} were accepted before.")
        elif interrupted and accepted_file:
            OUT.print("To submit the others, add --resume.")
    sys.exit(interrupted or _status(counts, submitted, before))


def _status(
    counts: SubmissionCounts, submitted: Sequence[SubmissionResult], before: Accepted
) -> int:
    """Return the exit status."""
    none_accepted = not counts.accepted and not before.count and not counts.all_expected
    unaccounted = counts.unconfirmed or not all(one.accounted_for for one in submitted)
    return 1 if none_accepted or unaccounted else 0


@contextmanager
def _reading(path: Path) -> Iterator[SubmissionFile]:
    try:
        with SubmissionFile.open(path) as submissions:
            yield submissions
    except MalformedFile as error:
        raise click.BadParameter(str(error), param_hint="FILE") from error


@contextmanager
def _resuming(path: Path | None, submissions: SubmissionFile) -> Iterator[Accepted]:
    """Yield what was accepted before, nothing without a file."""
    try:
        before = Accepted.read(path, submissions.count) if path else Accepted()
        if path:
            before.check(submissions)
    except MalformedFile as error:
        raise click.BadParameter(str(error), param_hint="--resume") from error
    yield before


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
def _appending(path: Path | None) -> Iterator[AcceptedFile | None]:
    """Open the file before the first submission."""
    if path is None:
        yield None
        return
    try:
        with writing(path, "--accepted"), AcceptedFile.append(path) as file:
            yield file
    except CutOff as error:
        raise click.BadParameter(str(error), param_hint="--accepted") from error


def _print(
    submitted: Sequence[SubmissionResult], counts: SubmissionCounts, *, interrupted: bool
) -> None:
    tracked = [one for one in submitted if isinstance(one, TrackedSubmission)]
    if tracked:
        print_table(table(tracked))
    for line in rejections(counts):
        OUT.print(line)
    foreign = problems(item for one in tracked for item in one.foreign)
    for name, problem in foreign.items():
        OUT.print(f"foreign: {name}: {problem}")
    prefix = "Interrupted: " if interrupted else ""
    OUT.print(prefix + (summary(tracked) if tracked else f"{counted(counts)}."))
