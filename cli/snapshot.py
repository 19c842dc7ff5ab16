"""`pipeline snapshot`: save and restore the whole state of the local AWS."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.table import Table

from cli.local_aws import home_option
from cli.options import OUT, Unable, json_option, print_json, print_table
from local import deployment, snapshots
from local.launch import EngineError
from local.snapshots import Snapshot, SnapshotError


def _checked(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not re.fullmatch(snapshots.NAME, value):
        raise click.BadParameter(f"{value!r} must be {snapshots.NAME_RULE}")
    return value


_name = click.argument("name", callback=_checked)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (EngineError, SnapshotError) as error:
        raise Unable(str(error)) from error


@click.group("snapshot")
def group() -> None:
    """Save, restore and list states of `pipeline dev`."""


@group.command("save", epilog="Example: pipeline snapshot save before-refund")
@_name
@home_option
@json_option
def _save(name: str, *, home: Path, as_json: bool) -> None:
    """Save all data under a NAME, in .local/snapshots."""
    with _errors():
        saved = snapshots.save(home, name)
    if as_json:
        print_json(_report(saved))
    else:
        OUT.print(f"Saved {saved.path} ({saved.size / 1e6:.1f} MB)")


@group.command("restore", epilog="Example: pipeline snapshot restore before-refund")
@_name
@home_option
@json_option
def _restore(name: str, *, home: Path, as_json: bool) -> None:
    """Replace all data with that of the snapshot NAME.

    A running `pipeline dev` restarts its engine for it.
    """
    with _errors():
        snapshots.restore(home, name, deployment.TEMPLATE)
    if as_json:
        print_json({"restored": name})
    else:
        OUT.print(f"Restored {name}")


@group.command("list", epilog="Example: pipeline snapshot list")
@home_option
@json_option
def _list(*, home: Path, as_json: bool) -> None:
    """List the snapshots, oldest first."""
    found = snapshots.snapshots(home)
    if as_json:
        print_json([_report(one) for one in found])
        return
    table = Table("name", "saved at")
    table.add_column("MB", justify="right")
    for one in found:
        table.add_row(one.name, f"{one.saved_at:%Y-%m-%d %H:%M:%S} UTC", f"{one.size / 1e6:.1f}")
    print_table(table)


def _report(saved: Snapshot) -> dict[str, str | int]:
    return {"name": saved.name, "savedAt": saved.saved_at.isoformat(), "bytes": saved.size}
