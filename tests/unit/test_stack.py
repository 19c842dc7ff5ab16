"""A local stack is read from its file, or an error explains why not."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from click.testing import CliRunner

from cli.main import cli
from cli.options import on_stack
from ops.stack import NO_PROXY, Stack, StackUnavailable, session
from tests.unit.stacks import CONNECTION, a_local_file, a_stack

ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})


def test_reads_what_the_local_aws_leaves(tmp_path: Path) -> None:
    assert Stack.local(Path(a_local_file(tmp_path))) == a_stack()


def test_asks_to_deploy_a_stack_again_that_does_not_name_its_stages(
    tmp_path: Path,
) -> None:
    path = tmp_path / "stack.json"
    older = a_stack().description()
    del older["outputs"]["Stages"]
    path.write_text(json.dumps(older))

    with pytest.raises(StackUnavailable) as raised:
        Stack.local(path)

    assert str(raised.value) == (
        f"{path}: the deployed template has no output that names its stages; deploy it again: "
        "pipeline up"
    )


def test_says_how_to_get_a_stack_when_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StackUnavailable) as raised:
        Stack.local(tmp_path / "stack.json")

    assert str(raised.value) == (f"There is no {tmp_path}/stack.json; start one with: pipeline up")


def test_reports_an_expired_session_in_one_line(tmp_path: Path) -> None:
    @click.command()
    @on_stack
    def failing(_stack: Stack, *, as_json: bool) -> None:
        error: Any = {"Code": "ExpiredToken", "Message": "The security token is expired"}
        raise ClientError({"Error": error}, "FilterLogEvents")

    result = CliRunner().invoke(failing, ["--local", a_local_file(tmp_path)])

    assert result.exit_code == 2
    assert result.output == (
        "Error: An error occurred (ExpiredToken) when calling the FilterLogEvents operation: "
        "The security token is expired\n"
    )


def test_suggests_a_check_if_the_local_aws_does_not_respond(tmp_path: Path) -> None:
    @click.command()
    @on_stack
    def failing(_stack: Stack, *, as_json: bool) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9/")

    result = CliRunner().invoke(failing, ["--local", a_local_file(tmp_path)])

    assert result.exit_code == 2
    assert result.output == (
        'Error: Could not connect to the endpoint URL: "http://127.0.0.1:9/"; '
        "check that the local AWS is running: pipeline status\n"
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

    with pytest.raises(StackUnavailable, match=f"^{path} does not describe a local stack: "):
        Stack.local(path)


def test_no_setting_of_the_user_reaches_a_client_of_a_local_stack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "abc")
    monkeypatch.setenv("AWS_RETRY_MODE", "abc")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:8")
    for name in NO_PROXY:
        monkeypatch.delenv(name)

    stack = a_stack()
    client = session(stack.connection).client("s3", config=ONE_ATTEMPT, **stack.connection)

    with pytest.raises(EndpointConnectionError):  # and no ProxyConnectionError
        client.list_buckets()
    with pytest.raises(requests.ConnectionError) as raised:
        stack.http.get(stack.api_endpoint, timeout=1)
    assert not isinstance(raised.value, requests.exceptions.ProxyError)


@pytest.mark.parametrize(
    ("given", "exported"),
    [(None, "127.0.0.1"), ("a.example,b", "a.example,b,127.0.0.1"), ("127.0.0.1", "127.0.0.1")],
)
def test_programs_that_follow_pipeline_env_reach_loopback_without_a_proxy(
    given: str | None, exported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NO_PROXY:
        monkeypatch.delenv(name)
    if given:
        monkeypatch.setenv("NO_PROXY", given)

    assert a_stack().variables == {
        "AWS_ENDPOINT_URL": CONNECTION["endpoint_url"],
        "AWS_DEFAULT_REGION": "ap-southeast-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "no_proxy": exported,
        "NO_PROXY": exported,
    }


def test_hides_the_content_of_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    path.write_bytes(b"\xff" * 1_000)

    with pytest.raises(StackUnavailable) as raised:
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
        ["discard", "processor", "--yes"],
        ["key", "list"],
        ["outputs"],
        ["redrive", "processor"],
        ["status", "order-1001"],
        ["submit", "events/transactions.json"],
    ],
)
def test_a_command_without_a_stack_exits_with_2_and_one_line(
    tmp_path: Path, command: list[str]
) -> None:
    result = CliRunner().invoke(cli, [*command, "--local", str(tmp_path / "none.json")])

    assert result.exit_code == 2
    assert result.output == (
        f"Error: There is no {tmp_path}/none.json; start one with: pipeline up\n"
    )


def every_command(group: click.Group, *names: str) -> Iterator[list[str]]:
    """Yield the words of each command, those of nested groups included."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, *names, name)
        else:
            yield [*names, name]


@pytest.mark.parametrize("command", list(every_command(cli)), ids=" ".join)
def test_every_command_shows_an_example(command: list[str]) -> None:
    shown = CliRunner().invoke(cli, [*command, "--help"])

    assert shown.exit_code == 0
    example = rf"^  Example: .*pipeline {' '.join(command)}\b"
    assert re.search(example, shown.output, re.MULTILINE)
    assert "--json" in shown.output


def test_an_unknown_command_is_rejected() -> None:
    result = CliRunner().invoke(cli, ["nothing"])

    assert result.exit_code == 2
    assert "No such command 'nothing'." in result.output
