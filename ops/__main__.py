"""`python -m ops COMMAND`: what an operator runs against a stack, local or on AWS."""

import importlib
import pkgutil

import click

from ops import commands
from ops.cli import COMPLETION


class Commands(click.Group):
    """The modules of ops/commands; each is imported only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name every command."""
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, None if there is no such."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = importlib.import_module(f"{commands.__name__}.{cmd_name}").command
        return found


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Operate a deployed stack: by its name on AWS, or the one that runs on this machine."""


if __name__ == "__main__":
    cli(prog_name="python -m ops", complete_var=COMPLETION)
