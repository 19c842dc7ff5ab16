"""The command, what it writes for other tools, and the console of a stack on AWS."""

import json
import signal
import socket
import struct
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from click.testing import CliRunner

from cli.main import cli
from console.server import serving
from local.launch import EngineError
from ops.outcomes import outcomes_of
from ops.stack import Stack
from ops.submission import submit
from ops.transaction import a_body
from tests.polling import eventually
from tests.unit.stacks import a_local_file, a_stack
from tests.untraced import environment

PIPELINE = Path(sys.executable).with_name("pipeline")
SECONDS = 60


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=SECONDS)


@pytest.mark.usefixtures("interruptible")
def test_the_command_serves_until_it_is_stopped_and_says_where(tmp_path: Path) -> None:
    file = a_local_file(tmp_path)
    with subprocess.Popen(
        [PIPELINE, "console", "--local", file, "--read-only", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout
        url = json.loads("".join(process.stdout.readline() for _ in range(3)))["console_url"]
        described = json.loads(Path(file).read_text())["console_url"]
        page = get(url)
        addresses = {one.laddr.ip for one in psutil.Process(process.pid).net_connections("tcp")}
        process.send_signal(signal.SIGINT)

    assert described == url
    assert page.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "The local AWS does not respond. Start it with: pipeline up" in page.text
    assert addresses == {"127.0.0.1"}
    assert process.returncode == 0
    assert "console_url" not in json.loads(Path(file).read_text())


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(
            cli, ["console", "--local", a_local_file(tmp_path), "--port", str(port)]
        )
        with pytest.raises(EngineError), serving(lambda: None, port=port):  # type: ignore[arg-type, return-value]
            pass

    assert (result.exit_code, result.output) == (
        2,
        f"Error: Port {port} cannot be used: Address already in use; choose another with --port\n",
    )


def test_an_address_of_another_console_is_left_alone(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "stack.json"
    stack.save(file)
    with serving(lambda: stack, file=file) as first:
        with serving(lambda: stack, file=file) as second:
            pass
        stack.save(file)
        file.write_text(json.dumps({**stack.description(), "console_url": "another"}))
    assert first != second
    assert json.loads(file.read_text())["console_url"] == "another"


def test_a_reader_that_goes_away_leaves_no_file_open() -> None:
    reset = struct.pack("ii", 1, 0)
    with serving(a_stack) as url:
        where = urlsplit(url)
        asked = f"GET /static/htmx.min.js HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode()
        for milliseconds in range(20):
            with socket.create_connection((where.hostname, where.port)) as reader:
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                reader.sendall(asked)
                time.sleep(milliseconds / 1_000)
        assert get(f"{url}static/icon.svg").ok
    # pytest fails the test if a file was closed by the garbage collector.


@pytest.mark.usefixtures("_as_on_aws")
def test_a_stack_on_aws_is_shown_from_its_logs_outcomes_and_metrics(stack: Stack) -> None:
    on_aws = Stack.on_aws(stack.name)
    accepted = submit(stack, a_body(transactionId="console-aws"))
    eventually(lambda: outcomes_of(stack, {accepted.request_id}))
    with serving(lambda: on_aws) as url:
        listed = eventually(
            lambda: get(f"{url}transactions?id=console-aws").text.count(">console-aws<")
        )
        shown = get(f"{url}transactions/{accepted.request_id}").text
        stored = get(f"{url}stored/{accepted.request_id}").text
        home = get(url).text
        faults = get(f"{url}faults").text

    assert listed == 1
    assert [shown.count(f'class="label">{stage.name}<') for stage in stack.stages] == [1, 1, 1]
    assert "PROCESSED" in shown
    assert stored.count(accepted.request_id) >= 3
    assert "Stages, in the last hour" in home
    assert "Faults can be injected on the local AWS alone" in faults
    assert "AWS</span>" in home
