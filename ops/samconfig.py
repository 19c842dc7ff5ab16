"""A new environment: a section of samconfig.toml, made like one that is there."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import click
import tomlkit
from samcli.cli.types import CfnParameterOverridesType
from tomlkit.exceptions import TOMLKitError

SUFFIX = "EnvironmentSuffix"
COPIED = ("global", "build", "validate", "deploy")
TAKEN = {"default": "is what sam calls the environment without a name", "version": "is a key of it"}


class InvalidEnvironment(ValueError):
    """Why there can be no such environment, in one sentence for its user."""


class InvalidConfiguration(ValueError):
    """Why samconfig.toml cannot be used, in one sentence for its user."""


def add_environment(path: Path, suffix: str, like: str) -> tuple[str, bool]:
    """Add a section for the suffix to the file, and keep all else in it, comments too.

    Gives the name of the section for `--config-env`, and whether it was added now: one that
    deploys this suffix already stays as it is.
    """
    document = _read(path)
    for name, section in document.items():
        if suffix_of(section) == suffix:
            return name, False
    if suffix in TAKEN or suffix in document:
        reason = TAKEN.get(suffix, "is a section that deploys another suffix")
        raise InvalidEnvironment(f"{suffix!r}: in {path.name} it {reason}")
    if suffix_of(document.get(like)) is None:
        known = ", ".join(name for name, section in document.items() if suffix_of(section))
        raise InvalidConfiguration(f"{path}: there is no environment {like}; there are {known}")
    document[suffix] = _named(document[like], suffix)
    path.write_text(tomlkit.dumps(document).rstrip("\n") + "\n", encoding="utf-8")
    return suffix, True


def suffix_of(section: Any) -> str | None:
    """Read the EnvironmentSuffix that a section deploys, None if it deploys none."""
    try:
        return overrides(section["deploy"]["parameters"]).get(SUFFIX)
    except (KeyError, TypeError):
        return None


def overrides(parameters: Any) -> dict[str, str]:
    """Read parameter_overrides as sam does, a list or one string; raises InvalidConfiguration."""
    given = parameters["parameter_overrides"]
    try:
        return dict(CfnParameterOverridesType().convert(given, None, None))
    except click.BadParameter as error:
        raise InvalidConfiguration(f"parameter_overrides: {error.message}") from error


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise InvalidConfiguration(f"{path}: {error}") from error


def _named(section: Any, suffix: str) -> Any:
    """Copy what an environment on AWS needs, under its own names."""
    copied = tomlkit.table(is_super_table=True)
    for command in COPIED:
        if command in section:
            copied[command] = deepcopy(section[command])
    copied["global"]["parameters"]["stack_name"] = f"transaction-pipeline-{suffix}"
    parameters = copied["deploy"]["parameters"]
    parameters["parameter_overrides"] = [
        f"{name}={json.dumps(value) if ' ' in value else value}"
        for name, value in {**overrides(parameters), SUFFIX: suffix}.items()
    ]
    return copied
