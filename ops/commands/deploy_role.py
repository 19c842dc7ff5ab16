"""`python -m ops deploy_role`: the role that GitHub deploys with, as a template."""

from pathlib import Path

import click

from template import short_forms
from template.deploy_role import deploy_role
from template.pipeline import build_template
from template.settings import Settings


@click.command(epilog="Example: python -m ops deploy_role --output .local/deploy-role.yaml")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File to write.  [default: standard output]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
def command(*, output: Path | None, as_json: bool) -> None:
    """Print the CloudFormation template of the role, with no permission more than it needs.

    Its parameters: Repository (owner/name) and EnvironmentSuffix.
    """
    template = deploy_role(build_template(Settings(retain_data=True)))
    if as_json:
        text = template.to_json(indent=2, sort_keys=False) + "\n"
    else:
        text = short_forms.to_yaml(template.to_dict())
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
