"""`pipeline changes` and `deploy-role`: two templates compared, and the deployment role's."""

from dataclasses import asdict
from pathlib import Path

import click

from cli.options import json_option, print_json
from template import short_forms
from template.deploy_role import deploy_role
from template.pipeline import compose
from template.settings import Settings


@click.command("changes", epilog="Example: pipeline changes .local/base.yaml template.yaml")
@click.argument("base", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("head", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def compare(base: Path, head: Path, *, as_json: bool) -> None:
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


@click.command(
    "deploy-role", epilog="Example: pipeline deploy-role --output .local/deploy-role.yaml"
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File to write.  [default: standard output]",
)
@json_option
def write_role(*, output: Path | None, as_json: bool) -> None:
    """Print the least-privilege CloudFormation template of the deployment role.

    Its parameters are Repository (owner/name) and EnvironmentSuffix.
    """
    template = deploy_role([stage.name for stage in compose(Settings()).stages])
    if as_json:
        text = template.to_json(indent=2, sort_keys=False) + "\n"
    else:
        text = short_forms.to_yaml(template.to_dict())
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
