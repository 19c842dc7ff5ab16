"""The command `pipeline` and its subcommands."""

import difflib
import importlib
import pkgutil
from pathlib import Path

import click


class Commands(click.Group):
    """The group of commands, which suggests close matches for a mistyped name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, or raise UsageError with close matches."""
        name = args[0]
        if name in self.commands:
            return super().resolve_command(ctx, args)
        close = difflib.get_close_matches(name, self.commands, n=3)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        raise click.UsageError(f"No such command {name!r}.{hint}", ctx)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run the pipeline on this machine, and operate it locally or on AWS."""


def _add_commands() -> None:
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        for name, value in vars(importlib.import_module(f"cli.{found.name}")).items():
            of_another_group = name.startswith("_")
            if isinstance(value, click.Command) and value is not cli and not of_another_group:
                cli.add_command(value)


_add_commands()
