"""The environments of samconfig.toml, read as sam reads them, and new ones copied from them."""

import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import tomlkit
from samcli.cli.types import CfnParameterOverridesType
from tomlkit.exceptions import TOMLKitError

from template.parameters import PARAMETERS

SUFFIX = "EnvironmentSuffix"
GLOBAL = "global"
COPIED = (GLOBAL, "build", "validate", "deploy")
TAKEN = {"default": "is sam's name for the default environment", "version": "is a reserved key"}


class InvalidEnvironment(ValueError):
    """The environment cannot be added; the message contains the reason."""


class InvalidConfiguration(ValueError):
    """The samconfig.toml cannot be used; the message contains the reason."""


@dataclass(frozen=True)
class Section:
    """The section of an environment; its properties raise InvalidConfiguration."""

    file: Path
    name: str
    content: Any

    def parameters(self, command: str) -> dict[str, Any]:
        """Return the parameters of a command: its own precede the global ones.

        https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
        """
        merged: dict[str, Any] = {}
        for table in (GLOBAL, command):
            try:
                merged |= self.content.get(table, {}).get("parameters", {})
            except (AttributeError, TypeError, ValueError) as error:
                raise InvalidConfiguration(
                    f"{self.file}: [{self.name}.{table}.parameters] must be a table"
                ) from error
        return merged

    @property
    def stack_name(self) -> str:
        """The stack that sam deploys."""
        try:
            return str(self.parameters("deploy")["stack_name"])
        except KeyError as error:
            raise InvalidConfiguration(
                f"{self.file}: [{self.name}.deploy.parameters] has no stack_name"
            ) from error

    @property
    def overrides(self) -> dict[str, str]:
        """The template's parameters that sam overrides."""
        return self._converted(self.parameters("deploy"))

    @property
    def suffix(self) -> str:
        """The EnvironmentSuffix that sam deploys."""
        return self.overrides.get(SUFFIX) or str(PARAMETERS[SUFFIX]["Default"])

    def copied(self, stack_name: str, suffix: str) -> Any:
        """Return a copy with the names of another environment, wherever the section has them."""
        copied = Section(self.file, self.name, tomlkit.table(is_super_table=True))
        replaced = self.stack_name
        for command in COPIED:
            if command not in self.content:
                continue
            copied.content[command] = deepcopy(self.content[command])
            parameters = copied.content[command].get("parameters", {})
            if "stack_name" in parameters:
                parameters["stack_name"] = stack_name
            # `sam deploy --guided` writes the name of the stack as s3_prefix too.
            if parameters.get("s3_prefix") == replaced:
                parameters["s3_prefix"] = stack_name
            if "parameter_overrides" in parameters:
                values = {**self._converted(parameters), SUFFIX: suffix}
                parameters["parameter_overrides"] = [
                    f"{name}={_quoted(value)}" for name, value in values.items()
                ]
        if SUFFIX not in copied.overrides:
            deploy = copied.content.setdefault("deploy", tomlkit.table(is_super_table=True))
            deploy.setdefault("parameters", tomlkit.table())["parameter_overrides"] = [
                f"{SUFFIX}={suffix}"
            ]
        return copied.content

    def _converted(self, parameters: Any) -> dict[str, str]:
        """Return the parameter_overrides, in any form that sam accepts."""
        given = parameters.get("parameter_overrides")
        try:
            return dict(CfnParameterOverridesType().convert(given, None, None))
        except click.BadParameter as error:
            raise InvalidConfiguration(
                f"{self.file}: [{self.name}]: parameter_overrides: {error.message}"
            ) from error


def read(file: Path) -> tomlkit.TOMLDocument:
    """Return the file with its comments; raises InvalidConfiguration, or OSError."""
    try:
        return tomlkit.parse(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise InvalidConfiguration(f"{file}: {error}") from error


def find_section(file: Path, document: tomlkit.TOMLDocument, name: str) -> Section:
    """Return the section of an environment; raises InvalidConfiguration."""
    known = [name for name, content in document.items() if isinstance(content, dict)]
    if name not in known:
        known_ones = f"known environments: {', '.join(known)}"
        raise InvalidConfiguration(f"{file}: no environment {name}; {known_ones}")
    return Section(file, name, document[name])


def add_environment(file: Path, suffix: str, like: str) -> tuple[str, bool]:
    """Add a section for the suffix, and preserve the rest of the file, comments included.

    Returns the section's name for `--config-env`, and whether it was added. An existing section
    that deploys the suffix stays unchanged.
    """
    document = read(file)
    stack_name = f"transaction-pipeline-{suffix}"
    for name, content in document.items():
        section = Section(file, name, content)
        try:
            deployed, used = section.stack_name, section.suffix
        except InvalidConfiguration:
            if name == suffix and isinstance(content, dict):
                raise
            continue  # it is of no concern to the others
        if used == suffix:
            return name, False
        if deployed == stack_name:
            raise InvalidEnvironment(
                f"{suffix!r}: in {file.name} [{name}] deploys the stack {stack_name}; "
                "choose another name"
            )
    if suffix in TAKEN or suffix in document:
        reason = TAKEN.get(suffix, "is a section that deploys another suffix; choose another name")
        raise InvalidEnvironment(f"{suffix!r}: in {file.name} it {reason}")
    document[suffix] = find_section(file, document, like).copied(stack_name, suffix)
    file.write_text(tomlkit.dumps(document).rstrip("\n") + "\n", encoding="utf-8")
    return suffix, True


def _quoted(value: str) -> str:
    """Return a value that sam reads back, in quotes unless it is plain."""
    if re.fullmatch(r"[\w.,:/@+-]+", value):
        return value
    return '"' + value.replace('"', r"\"") + '"'
