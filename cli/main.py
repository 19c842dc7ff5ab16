"""The command `pipeline` and its subcommands."""

import difflib

import click

from cli import (
    audit,
    capacity,
    changes,
    cost,
    deploy_role,
    destroy,
    load,
    local_aws,
    new_environment,
    outputs,
    preflight,
    redrive,
    status,
    submit,
)


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


for command in (
    audit.command,
    capacity.command,
    changes.command,
    cost.command,
    deploy_role.command,
    destroy.command,
    load.command,
    local_aws.down,
    local_aws.run,
    local_aws.up,
    new_environment.command,
    outputs.env,
    outputs.outputs,
    preflight.command,
    redrive.command,
    status.command,
    submit.command,
):
    cli.add_command(command)
