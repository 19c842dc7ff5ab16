"""`pipeline changes`: compare two templates."""

from dataclasses import asdict
from pathlib import Path

import click

from cli.options import json_option, print_json


@click.command("changes", epilog="Example: pipeline changes .local/base.yaml template.yaml")
@click.argument("base", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("head", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def command(base: Path, head: Path, *, as_json: bool) -> None:
    """Print how the template HEAD differs from BASE, as a Markdown table.

    A replaced resource starts empty under a new physical ID.
    """
    from ops.changes import changes, markdown
    from ops.plan import read_template

    old, new = (read_template(path.read_text(encoding="utf-8")) for path in (base, head))
    found = changes(old, new)
    if as_json:
        print_json([asdict(change) for change in found])
    else:
        click.echo(markdown(head.name, found), nl=False)
