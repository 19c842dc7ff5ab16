"""A local stack is what its file says, or one sentence."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from botocore.exceptions import EndpointConnectionError
from click.testing import CliRunner

from ops.__main__ import cli
from ops.cli import on_stack
from ops.stack import NoStack, Stack
from tests.unit.stacks import CONNECTION, a_stack


def description() -> dict[str, object]:
    names = a_stack().outputs
    return {
        "endpoint_url": CONNECTION["endpoint_url"],
        "region": CONNECTION["region_name"],
        "credentials": {"access_key_id": "none", "secret_access_key": "none"},
        "stack_name": "transactions-local",
        "api_endpoint": "http://127.0.0.1:9/transaction",
        "api_key": "key",
        "outputs": names.flat(),
        "pid": 1,
    }


def test_reads_what_the_local_aws_leaves(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(description()))

    assert Stack.local(path) == a_stack()


def test_asks_to_deploy_a_stack_again_that_does_not_name_its_stages(
    tmp_path: Path,
) -> None:
    path = tmp_path / "stack.json"
    older: Any = description()
    del older["outputs"]["Stages"]
    path.write_text(json.dumps(older))

    with pytest.raises(NoStack) as raised:
        Stack.local(path)

    assert str(raised.value) == (
        f"{path}: the deployed template has no output that names its stages; deploy it again: "
        "python -m local up"
    )


def test_says_how_to_get_a_stack_when_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(NoStack) as raised:
        Stack.local(tmp_path / "stack.json")

    assert str(raised.value) == (
        f"There is no {tmp_path}/stack.json; start one with: python -m local up"
    )


def test_asks_whether_the_local_aws_runs_when_nothing_answers(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(description()))

    @click.command()
    @on_stack
    def asking(_stack: Stack, *, as_json: bool) -> None:  # noqa: ARG001 - every command has it
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9/")

    result = CliRunner().invoke(asking, ["--local", str(path)])

    assert result.exit_code == 2
    assert result.output == (
        'Error: Could not connect to the endpoint URL: "http://127.0.0.1:9/"; '
        "does the local AWS run? python -m local status\n"
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"credentials": {}}',
        '{"credentials": {}, "outputs": []}',
        "null",
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_says_that_a_file_is_another_kind(tmp_path: Path, content: str) -> None:
    path = tmp_path / "stack.json"
    path.write_text(content)

    with pytest.raises(NoStack, match=f"^{path} does not describe a local stack: "):
        Stack.local(path)


def test_no_profile_of_the_user_reaches_a_local_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    assert a_stack().s3.meta.endpoint_url == CONNECTION["endpoint_url"]


def test_shows_nothing_of_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    path.write_bytes(b"\xff" * 1_000)

    with pytest.raises(NoStack) as raised:
        Stack.local(path)

    assert str(raised.value) == (
        f"{path} does not describe a local stack: "
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    )


@pytest.mark.parametrize(
    "command",
    [
        ["audit"],
        ["destroy"],
        ["outputs"],
        ["redrive", "processor"],
        ["status", "order-1001"],
        ["submit", "events/transactions.json"],
    ],
)
def test_a_command_without_a_stack_exits_with_2_and_one_sentence(
    tmp_path: Path, command: list[str]
) -> None:
    result = CliRunner().invoke(cli, [*command, "--local", str(tmp_path / "none.json")])

    assert result.exit_code == 2
    assert result.output == (
        f"Error: There is no {tmp_path}/none.json; start one with: python -m local up\n"
    )


@pytest.mark.parametrize("command", cli.list_commands(click.Context(cli)))
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(cli, [command, "--help"])

    assert shown.exit_code == 0
    assert re.search(rf"^  Example: .*python -m ops {command}\b", shown.output, re.MULTILINE)
    assert "--json" in shown.output or command == "completion"


def test_an_unknown_command_is_refused() -> None:
    result = CliRunner().invoke(cli, ["nothing"])

    assert result.exit_code == 2
    assert "No such command 'nothing'." in result.output
