"""`pipeline down`: stop the local AWS."""

import json
from pathlib import Path

import click

from cli.options import OUT, json_option
from cli.serving import home_option, stop
from local import lifecycle


@click.command("down", epilog="Example: pipeline down")
@home_option
@json_option
def command(*, home: Path, as_json: bool) -> None:
    """Stop the local AWS and every process that it started."""
    OUT.quiet = as_json
    engine = lifecycle.Engine.load(home)
    if engine is None:
        OUT.print("No engine is running.")
    else:
        if engine.process() is None:
            OUT.print(f"The engine was not running: {engine.last_words()}")
        stop(engine)
    if as_json:
        click.echo(json.dumps({"stopped": engine is not None}))
