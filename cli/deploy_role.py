"""`pipeline deploy-role`: the template of the role that GitHub deploys with."""

from pathlib import Path

import click

from cli.options import json_option
from template import short_forms
from template.deploy_role import deploy_role
from template.pipeline import build_template
from template.settings import Settings


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
def command(*, output: Path | None, as_json: bool) -> None:
    """Print the least-privilege CloudFormation template of the deployment role.

    Its parameters are Repository (owner/name) and EnvironmentSuffix.
    """
    template = deploy_role(build_template(Settings()))
    if as_json:
        text = template.to_json(indent=2, sort_keys=False) + "\n"
    else:
        text = short_forms.to_yaml(template.to_dict())
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
