"""The runbook's commands are such as the tools know, with flags that they take."""

import re
import shlex
from pathlib import Path

import botocore.session
import click
import pytest
from botocore import xform_name

import build_template
from ops.__main__ import cli
from tests.template.reading import ROOT

TEXT = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in re.findall(r"^ {4}(?:aws|python) .+$", TEXT, re.MULTILINE)]
OF_THE_CLI = {"query", "output"}
TAIL = {"since", "filter-pattern"}
"""What `aws logs tail` takes, a command of the client's own."""


def words(command: str) -> list[str]:
    return shlex.split(command, comments=True)


def calls_of_aws() -> list[str]:
    """Find the calls, also those inside of another's quotes."""
    lines = [re.sub(r"\$\(aws .+?\)", "X", command) for command in COMMANDS]
    inner = re.findall(r"\$\((aws .+?)\)", "\n".join(COMMANDS))
    return sorted({line for line in [*lines, *inner] if line.startswith("aws ")})


def flags(command: str) -> set[str]:
    return {word.removeprefix("--") for word in words(command) if word.startswith("--")}


@pytest.mark.parametrize("command", calls_of_aws())
def test_aws_has_this_operation_with_these_parameters(command: str) -> None:
    _, service, operation, *_ = words(command)
    if (service, operation) == ("logs", "tail"):
        assert flags(command) <= TAIL
        return
    model = botocore.session.get_session().get_service_model(service)
    (name,) = [one for one in model.operation_names if xform_name(one, "-") == operation]
    shape = model.operation_model(name).input_shape
    assert shape is not None
    known = {xform_name(member, "-"): member for member in shape.members}
    assert flags(command) - OF_THE_CLI <= known.keys()
    assert {xform_name(member, "-") for member in shape.required_members} <= flags(command)


def commands_of_ours() -> list[str]:
    return sorted({command for command in COMMANDS if command.startswith("python ")})


@pytest.mark.parametrize("command", commands_of_ours())
def test_our_own_commands_take_these_arguments(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "accepted.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    match words(command):
        case ["python", "-m", "ops", name, *arguments]:
            found = cli.get_command(click.Context(cli), name)
            assert found is not None
            found.make_context(name, arguments)
        case ["python", program, *arguments]:
            assert program == "build_template.py"
            build_template.main.make_context(program, arguments)


def test_there_is_something_to_do_in_every_section() -> None:
    sections = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    idle = [
        section.splitlines()[0]
        for section in sections
        if not re.search(r"^    ", section, re.MULTILINE)
    ]
    assert idle == []
    assert len(calls_of_aws()) + len(commands_of_ours()) > len(sections)
