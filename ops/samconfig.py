"""New environments: sections of samconfig.toml copied from existing ones."""

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
TAKEN = {"default": "is sam's name for the default environment", "version": "is a reserved key"}


class InvalidEnvironment(ValueError):
    """The environment cannot be added; the message contains the reason."""


class InvalidConfiguration(ValueError):
    """The samconfig.toml cannot be used; the message contains the reason."""


def add_environment(path: Path, suffix: str, like: str) -> tuple[str, bool]:
    """Add a section for the suffix, and preserve the rest of the file, comments included.

    Returns the section's name for `--config-env`, and whether it was added. An existing section
    that deploys the suffix stays unchanged.
    """
    document = _read(path)
    for name, section in document.items():
        if suffix_of(section) == suffix:
            return name, False
    if suffix in TAKEN or suffix in document:
        reason = TAKEN.get(suffix, "is a section that deploys another suffix; choose another name")
        raise InvalidEnvironment(f"{suffix!r}: in {path.name} it {reason}")
    if suffix_of(document.get(like)) is None:
        known = ", ".join(name for name, section in document.items() if suffix_of(section))
        raise InvalidConfiguration(f"{path}: no environment {like}; known environments: {known}")
    document[suffix] = _named(document[like], suffix)
    path.write_text(tomlkit.dumps(document).rstrip("\n") + "\n", encoding="utf-8")
    return suffix, True


def suffix_of(section: Any) -> str | None:
    """Return the EnvironmentSuffix that a section deploys, or None."""
    try:
        return overrides(section["deploy"]["parameters"]).get(SUFFIX)
    except (KeyError, TypeError):
        return None


def overrides(parameters: Any) -> dict[str, str]:
    """Return the parameter_overrides, a list or a string as in sam; raises InvalidConfiguration."""
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
    """Return a copy of a section with the names of the new environment."""
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
