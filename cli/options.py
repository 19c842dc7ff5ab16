"""What the commands share: the options for a stack, the console, and how a command fails."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from rich.console import Console

from ops.stack import Stack, StackUnavailable
from template.parameters import SUFFIX, SUFFIX_RULE

INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""

LOCAL_FILE = Path(".local/stack.json")

OUT = Console(soft_wrap=True, highlight=False)


class EnvironmentSuffix(click.ParamType):
    """What ends every name of an environment, by the rule of the template's parameter."""

    name = "suffix"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it, or say what it must be."""
        if not re.fullmatch(SUFFIX, value):
            self.fail(f"{value!r} must be {SUFFIX_RULE}", param, ctx)
        return value


class Unable(click.ClickException):
    """It could not be done; 1 is for what was done and found to be wrong."""

    exit_code = 2


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


def on_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its stack and --json; what AWS refuses is told in one sentence."""

    @click.option("--stack-name", metavar="NAME", help="Name of a stack on AWS.")
    @click.option(
        "--local",
        "local_file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=LOCAL_FILE,
        show_default=True,
        help="Description of a local stack, where no name is given.",
    )
    @json_option
    @functools.wraps(command)
    def with_stack(stack_name: str | None, local_file: Path, **options: Any) -> None:
        try:
            command(Stack.on_aws(stack_name) if stack_name else Stack.local(local_file), **options)
        except (StackUnavailable, BotoCoreError, ClientError) as error:
            unanswered = isinstance(error, EndpointConnectionError) and not stack_name
            hint = "; does the local AWS run? pipeline status" if unanswered else ""
            raise Unable(f"{error}{hint}") from error

    return with_stack
