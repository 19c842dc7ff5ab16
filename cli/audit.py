"""`pipeline audit`: reconcile accepted requests with stored data."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from cli.options import OUT, Unable, on_stack, print_json, progress_bar, writing
from ops.audit import Audit, Unsettled, audit, report
from ops.input_files import MalformedFile, read_accepted
from ops.stack import Stack


@click.command("audit", epilog="Example: pipeline audit --accepted accepted.jsonl")
@on_stack
@click.option(
    "--accepted",
    "accepted_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help='Accepted requests, one JSON object per line: {"requestId": "...", "transaction": {...}}.',
)
@click.option("--prefix", default="", help="Only transactions whose IDs start with this prefix.")
@click.option(
    "--export",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Audit nothing: write SQL for Athena, and the commands that export what it reads.",
)
def command(
    stack: Stack, *, accepted_file: Path | None, prefix: str, folder: Path | None, as_json: bool
) -> None:
    """Reconcile accepted requests with outcomes, records, audit objects and dead-letter messages.

    Exits with 1 on a discrepancy or foreign data. A request whose outcome has expired is UNKNOWN.
    """
    if folder:
        _export(stack, folder, alone=accepted_file is None and not prefix)
        return
    accepted = read_accepted(accepted_file) if accepted_file else ()
    with progress_bar(quiet=as_json, rate=True) as progress:
        task = progress.add_task("Reading", total=None)
        try:
            found = audit(
                stack,
                prefix,
                accepted,
                lambda read, expected: progress.update(task, completed=read, total=expected),
            )
        except (MalformedFile, Unsettled) as error:
            raise Unable(str(error)) from error
    summary = report(found)
    if as_json:
        print_json(summary)
    else:
        if accepted_file is None:
            del summary["requests"]
        for section, content in summary.items():
            for name, value in content.items() if isinstance(content, dict) else ():
                OUT.print(f"{section:12} {name:36} {value}")
        OUT.print(_sentence(found))
    if not found.found.reconciled:
        sys.exit(1)


def _export(stack: Stack, folder: Path, *, alone: bool) -> None:
    from ops.audit_export import files

    if not alone:
        raise Unable(
            "--export: writes an audit of all transactions; leave out --accepted, --prefix"
        )
    with writing(folder, "--export"):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files(stack, datetime.now(UTC)).items():
            (folder / name).write_text(text, encoding="utf-8")
    OUT.print(f"Written to {folder}: read commands.sh first.")


def _sentence(audited: Audit) -> str:
    found = audited.found
    if not found.reconciled:
        kinds = ["discrepancies"] if found.discrepancies or found.inconsistent else []
        kinds += ["foreign data"] if found.foreign else []
        return f"{' and '.join(kinds).capitalize()} found: see docs/operations.md."
    counts = audited.evidence.by_stage
    redrivable = [f"{count} in {stage}" for stage, count in counts.items() if count]
    if not redrivable:
        return "Reconciled."
    return f"Reconciled, with dead-letter messages to redrive: {', '.join(redrivable)}."
