"""`python -m ops completion`: what a shell needs to complete the commands."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from ops.cli import COMPLETION

SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
PROGRAM = "python -m ops"
FUNCTIONS = {
    "bash": f'ops() {{ {PROGRAM} "$@"; }}',
    "zsh": f'ops() {{ {PROGRAM} "$@"; }}',
    "fish": f"function ops; {PROGRAM} $argv; end",
}
# A shell function is no program, which is what click's scripts ask for completions.
REPLACEMENTS = {
    "bash": {"=bash_complete $1)": f"=bash_complete {PROGRAM})"},
    "zsh": {"=zsh_complete ops)": f"=zsh_complete {PROGRAM})", "$+commands[": "$+functions["},
    "fish": {"(commandline -t) ops)": f"(commandline -t) {PROGRAM})"},
}


@click.command(epilog='Example: eval "$(python -m ops completion bash)"')
@click.argument("shell", type=click.Choice([*SHELLS]))
@click.pass_context
def command(context: click.Context, *, shell: str) -> None:
    """Print what completes the commands in SHELL.

    It makes `ops` short for `python -m ops`, which works in the folder of the project.
    """
    cli = context.find_root().command
    script = SHELLS[shell](cli, {}, "ops", COMPLETION).source()
    for theirs, ours in REPLACEMENTS[shell].items():
        script = script.replace(theirs, ours)
    click.echo(f"{FUNCTIONS[shell]}\n{script}")
