"""`pipeline new-environment`: another environment beside those of samconfig.toml."""

import json
import subprocess
import sys
from pathlib import Path

import click

from cli.options import OUT, EnvironmentSuffix, Unable, json_option
from ops.samconfig import InvalidConfiguration, InvalidEnvironment, add_environment

SAM = Path(sys.executable).with_name("sam")


@click.command("new-environment", epilog="Example: pipeline new-environment review-42 --deploy")
@click.argument("suffix", type=EnvironmentSuffix())
@click.option(
    "--like",
    metavar="NAME",
    default="default",
    show_default=True,
    help="The environment to copy; prod's data outlive their stack.",
)
@click.option(
    "--config-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("samconfig.toml"),
    show_default=True,
    help="Where sam reads its environments.",
)
@click.option("--deploy", is_flag=True, help="Build and deploy it now.")
@json_option
def command(suffix: str, *, like: str, config_file: Path, deploy: bool, as_json: bool) -> None:
    """Add an environment named SUFFIX, and show the commands that deploy it.

    It shares no resource with the others of the account. Run twice, it changes nothing.
    """
    try:
        name, added = add_environment(config_file, suffix, like)
    except InvalidEnvironment as error:
        raise click.BadParameter(str(error), param_hint="'SUFFIX'") from error
    except InvalidConfiguration as error:
        raise Unable(str(error)) from error
    steps = [["sam", step, "--config-env", name] for step in ("build", "deploy")]
    shown = " && ".join(" ".join(step) for step in steps)
    if as_json:
        click.echo(json.dumps({"environment": name, "added": added, "commands": shown}, indent=2))
    else:
        done = "added to" if added else "already in"
        OUT.print(f"{suffix}: {done} {config_file} as {name}", markup=False)
        OUT.print(shown, markup=False)
    for _, *arguments in steps if deploy else ():
        # Where the file is: there sam finds it, and the templates that it names.
        finished = subprocess.run([SAM, *arguments], cwd=config_file.parent, check=False)
        if finished.returncode:
            raise Unable(f"sam {' '.join(arguments)} exited with {finished.returncode}")
