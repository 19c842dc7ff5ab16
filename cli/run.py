"""`pipeline run`: run the pipeline locally, from the POST to the notification."""

from pathlib import Path

import click

from cli import submission_table
from cli.options import OUT, json_option, print_json
from cli.serving import deployed, home_option, introduce, one_line_errors, serve, step
from local.launch import ROOT
from ops.input_files import MalformedFile, read_submissions
from ops.submitter import Submitter
from ops.tracking import track


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
def command(*, events: Path, home: Path, as_json: bool) -> None:
    """Start the local AWS, submit transactions and track each to its outcome.

    In a terminal, the local AWS then serves until Ctrl-C. Exits with 0 only if every transaction
    ended as expected.
    """
    OUT.quiet = as_json
    try:
        submissions = read_submissions(events)
    except MalformedFile as error:
        raise click.BadParameter(str(error), param_hint="--events") from error
    with one_line_errors(), deployed(home, None, "local", iam=True) as (engine, stack):
        with step(f"Tracking {len(submissions)} transactions"):
            tracked = track(Submitter(stack, submissions))
        OUT.print(submission_table.table(tracked))
        OUT.print(submission_table.summary(tracked))
        if as_json:
            print_json([one.report() for one in tracked])
        elif OUT.is_terminal:
            introduce(stack)
            serve(engine)
    if not all(one.as_expected for one in tracked):
        raise click.ClickException("Some transactions did not end as expected.")
