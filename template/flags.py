"""The settings as command-line options, with units and defaults."""

from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any

import click

from template.settings import Settings


class _CountOrNone(click.ParamType):
    """A whole number or the word none."""

    name = "integer|none"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value == "none":
            return None
        try:
            count: int = click.INT.convert(value, param, ctx)
        except click.BadParameter as error:
            self.fail(f"{error.message.removesuffix('.')}, nor none.", param, ctx)
        return count


def settings_options[Command: Callable[..., Any]](command: Command) -> Command:
    """Add one option per setting to a command."""
    for setting in reversed(fields(Settings)):
        command = _option(setting)(command)
    return command


def _option(setting: Field[Any]) -> Callable[[Any], Any]:
    flag = "--" + setting.name.replace("_", "-")
    text = setting.metadata["text"]
    text = text[0].upper() + text[1:]
    if "unit" not in setting.metadata:
        return click.option(
            f"{flag}/--no-{flag[2:]}", default=setting.default, show_default=True, help=f"{text}."
        )
    kind = _CountOrNone() if setting.metadata["optional"] else click.INT
    unit = setting.metadata["unit"]
    return click.option(
        flag, type=kind, default=setting.default, show_default=True, help=f"{text} ({unit})."
    )
