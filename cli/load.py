"""`pipeline load`: run a steady load against a stack."""

import sys
import uuid
from decimal import Decimal
from pathlib import Path

import click

from cli.options import (
    INTERRUPTED,
    OUT,
    DecimalRange,
    Unable,
    on_stack,
    print_json,
    progress_bar,
    writing,
)
from ops.audit import Unsettled
from ops.load import run
from ops.load_result import LoadResult, sentences, summary
from ops.stack import Stack

LOWEST_RATE, HIGHEST_RATE = "0.001", "500"
LARGEST_COUNT = 100_000
LONGEST_SECONDS = 3_600


@click.command("load", epilog="Example: pipeline load --rate 10 --count 300 --report load.html")
@on_stack
@click.option(
    "--rate",
    type=DecimalRange(LOWEST_RATE, HIGHEST_RATE),
    required=True,
    help="Transactions per second.",
)
@click.option(
    "--count", type=click.IntRange(1, LARGEST_COUNT), required=True, help="Number of transactions."
)
@click.option(
    "--report",
    "report_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a report to this file: .html or .svg.",
)
@click.option(
    "--idle-timeout",
    "patience",
    type=click.IntRange(1, LONGEST_SECONDS),
    default=120,
    show_default=True,
    help="Stop waiting after this many seconds without a notification.",
)
def command(
    stack: Stack,
    *,
    rate: Decimal,
    count: int,
    report_file: Path | None,
    patience: int,
    as_json: bool,
) -> None:
    """Submit COUNT new transactions at RATE, track each one and reconcile the results.

    The transactions are real: they are recorded, published and counted against the usage plan's
    quota. Exits with 1 on a discrepancy. Ctrl-C exits with 130.
    """
    if count / rate > LONGEST_SECONDS:
        raise click.BadParameter(
            f"{count} at {rate:f} a second would take {count / rate / 3600:.1f} hours; at most one",
            param_hint="--count",
        )
    if report_file:
        _check_writable(report_file)
    prefix = f"load-{uuid.uuid4().hex[:8]}-"
    with progress_bar(quiet=as_json) as progress:
        responses = progress.add_task("responses", total=count)
        notifications = progress.add_task("notifications", total=count)

        def show(responded: int, notified: int) -> None:
            progress.update(responses, completed=responded)
            progress.update(notifications, completed=notified)

        try:
            load = run(stack, float(rate), count, prefix=prefix, patience=patience, show=show)
        except Unsettled as error:
            raise Unable(str(error)) from error
        except KeyboardInterrupt:
            click.echo(
                f"Interrupted. To check what was submitted: pipeline audit --prefix {prefix}",
                err=True,
            )
            sys.exit(INTERRUPTED)
    if as_json:
        print_json({"prefix": prefix, **summary(load)})
    else:
        for sentence in sentences(load):
            OUT.print(sentence)
    if report_file:
        _write(report_file, load)
    if not load.reconciliation.reconciled:
        sys.exit(1)


def _check_writable(path: Path) -> None:
    """Raise BadParameter if the report cannot be written."""
    if path.suffix not in {".html", ".svg"}:
        raise click.BadParameter(
            f"{path}: the name must end in .html or .svg", param_hint="--report"
        )
    existed = path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        raise click.BadParameter(
            f"{path} cannot be written: {error.strerror}", param_hint="--report"
        ) from error
    if not existed:
        path.unlink()


def _write(path: Path, load: LoadResult) -> None:
    from ops import load_report

    written = load_report.html(load) if path.suffix == ".html" else load_report.svg(load)
    with writing(path, "--report"):
        path.write_text(written, encoding="utf-8")
