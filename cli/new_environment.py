"""`pipeline new-environment`: add an environment to samconfig.toml."""

import subprocess
import sys
from pathlib import Path

import click

from cli.options import OUT, EnvironmentSuffix, Unable, json_option, print_json
from ops.samconfig import InvalidConfiguration, InvalidEnvironment, add_environment

SAM = Path(sys.executable).with_name("sam")


@click.command("new-environment", epilog="Example: pipeline new-environment review-42 --deploy")
@click.argument("suffix", type=EnvironmentSuffix())
@click.option(
    "--like",
    metavar="NAME",
    default="default",
    show_default=True,
    help="Environment to copy. A copy of prod retains its data.",
)
@click.option(
    "--config-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("samconfig.toml"),
    show_default=True,
    help="Configuration file of sam.",
)
@click.option("--deploy", is_flag=True, help="Build and deploy the environment now.")
@json_option
def command(suffix: str, *, like: str, config_file: Path, deploy: bool, as_json: bool) -> None:
    """Add an environment named SUFFIX and print the commands that deploy it.

    The environment shares no resources with others in the account. A second run changes nothing.
    """
    try:
        name, added = add_environment(config_file, suffix, like)
    except InvalidEnvironment as error:
        raise click.BadParameter(str(error), param_hint="'SUFFIX'") from error
    except InvalidConfiguration as error:
        raise Unable(str(error)) from error
    except OSError as error:
        raise Unable(f"{config_file}: {error.strerror}") from error
    steps = [["sam", step, "--config-env", name] for step in ("build", "deploy")]
    shown = " && ".join(" ".join(step) for step in steps)
    if as_json:
        print_json({"environment": name, "added": added, "commands": shown})
    else:
        done = "added to" if added else "already in"
        OUT.print(f"{suffix}: {done} {config_file} as {name}")
        OUT.print(shown)
    for _, *arguments in steps if deploy else ():
        # sam looks for the file, and for the templates that it names, in its working directory.
        finished = subprocess.run([SAM, *arguments], cwd=config_file.parent, check=False)
        if finished.returncode:
            raise Unable(
                f"sam {' '.join(arguments)} exited with {finished.returncode}: see its output above"
            )
