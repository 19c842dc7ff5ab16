"""The local commands of `pipeline`."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from local import lifecycle
from local.launch import ROOT
from local.lifecycle import Engine
from ops.stack import NO_PROXY, Stack, http_session
from ops.submission import submit
from ops.transaction import a_body
from tests.polling import eventually
from tests.unit.stacks import a_stack
from tests.untraced import environment

BOUND_SECONDS = 240
PIPELINE = Path(sys.executable).with_name("pipeline")

PROXY = "http://127.0.0.1:9"  # nothing listens there
SHOWN = (
    r"\d\d:\d\d:\d\d  shown-1 +REJECTED    validator \d+ \(cold \d+\)  processor \d+ \(cold \d+\)"
    r"  notifier \d+ \(cold \d+\) ms  amount: has more than the 2 decimals of USD\n"
)
FOREIGN = {
    **dict.fromkeys(("http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), PROXY),
    "AWS_PROFILE": "nobody",
    "AWS_MAX_ATTEMPTS": "abc",
    "PIP_USER": "1",
    "SERVICES": "s3,sqs",
    "IAM_ENFORCEMENT": "1",
}
"""Settings of a user's shell, which must change nothing here."""


@pytest.fixture(autouse=True)
def _foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NO_PROXY:
        monkeypatch.delenv(name)
    for name, value in FOREIGN.items():
        monkeypatch.setenv(name, value)


def local(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PIPELINE, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(),
        timeout=BOUND_SECONDS,
    )


def local_here(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


class Foreground:
    """A process of `pipeline up`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [PIPELINE, "up", "--home", home],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )

    def engine(self) -> psutil.Process:
        def found() -> psutil.Process | None:
            engine = Engine.load(self.home)
            return engine.process() if engine else None

        process = eventually(found, BOUND_SECONDS)
        assert process is not None
        return process

    def serving(self) -> psutil.Process:
        eventually((self.home / "stack.json").exists, BOUND_SECONDS)
        return self.engine()

    def console_url(self) -> str:
        def found() -> str:
            described = json.loads((self.home / "stack.json").read_text())
            return str(described.get("console_url", ""))

        return eventually(found, BOUND_SECONDS)

    def line_of(self, transaction_id: str) -> str:
        assert self.process.stdout is not None
        return next(line for line in self.process.stdout if transaction_id in line)

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=BOUND_SECONDS)
        return self.process.returncode, out, err


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Stop the engine that a failed test leaves."""
    yield tmp_path / "home"
    if engine := Engine.load(tmp_path / "home"):
        lifecycle.stop(engine)


@pytest.fixture
def foreground(home: Path) -> Iterator[Foreground]:
    running = Foreground(home)
    yield running
    running.process.kill()
    running.process.communicate()


def test_an_invalid_suffix_does_not_start_an_engine(tmp_path: Path) -> None:
    home = tmp_path / "home"
    result = CliRunner().invoke(cli, ["up", "--suffix", "Bad_X", "--home", str(home)])

    rule = "1 to 20 of a-z, 0-9 and -, not starting with -"
    assert result.exit_code == 2
    assert f"Error: Invalid value for '--suffix': 'Bad_X' must be {rule}\n" in result.output
    assert not home.exists()


def test_up_serves_until_down(home: Path) -> None:
    # Loopback replaces Docker's bridge.
    up = local("up", "--detach", "--iam", "--suffix", "cli", "--docker=lo", "--home", home)
    assert up.returncode == 0, up.stderr
    stack = Stack.local(home / "stack.json")
    family = [psutil.Process(stack.pid), *psutil.Process(stack.pid).children(recursive=True)]

    status = local_here("status", "--local", home / "stack.json")
    second = local("up", "--home", home)
    curl = next(line for line in up.stdout.splitlines() if line.startswith("curl"))
    exports = local("env", "--local", home / "stack.json").stdout
    response = subprocess.run(
        ["sh", "-c", f"{exports}{curl}"], capture_output=True, text=True, check=True
    )
    sent = local(
        *("submit", ROOT / "events/transactions.json", "--wait", "--local", home / "stack.json")
    )
    assert (home / "env.json").exists()
    down = local_here("down", "--home", home)

    assert [line.partition(":")[0] for line in up.stdout.splitlines()[:2]] == [
        "Starting the engine",
        "Deploying template.yaml with sam",
    ]
    assert f"API  {stack.api_endpoint}\nkey  {stack.api_key}\n" in up.stdout
    assert status.stdout == (
        f"stack     transactions-cli\napi       {stack.api_endpoint}\n"
        f"endpoint  {stack.connection['endpoint_url']}\nprocess   {stack.pid}\n"
    )
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == (
        f"Error: An engine is already running at {stack.connection['endpoint_url']} "
        f"(process {stack.pid}); stop it with: pipeline down\n"
    )
    assert response.stdout.startswith("HTTP/1.1 202")
    assert "15 submitted: 9 accepted, 6 client errors; " in sent.stdout
    assert (down.exit_code, down.stdout.partition(":")[0]) == (0, "Stopping the engine")
    assert not any(process.is_running() for process in family)
    assert not any((home / name).exists() for name in ("stack.json", "env.json"))
    assert local_here("down", "--home", home).stdout == "No engine is running.\n"
    stopped = local_here("status", "--local", home / "stack.json")
    assert (stopped.exit_code, stopped.output) == (
        2,
        f"Error: There is no {home}/stack.json; start one with: pipeline up\n",
    )


def test_a_malformed_events_file_is_rejected(tmp_path: Path) -> None:
    events = tmp_path / "events.json"
    events.write_text("[\n  {,}\n]")

    result = local_here("run", "--events", events, "--home", tmp_path / "home")

    assert result.exit_code == 2
    assert "line 2" in result.output
    assert not (tmp_path / "home").exists()


def test_up_shows_transactions_until_the_engine_dies(foreground: Foreground) -> None:
    engine = foreground.serving()
    body = a_body(transactionId="shown-1", amount=1.005)
    stack = Stack.local(foreground.home / "stack.json")
    assert submit(stack, body).accepted
    page = http_session(stack.connection).get(foreground.console_url(), timeout=BOUND_SECONDS).text
    line = foreground.line_of("shown-1  ")
    engine.kill()

    code, _, err = foreground.end()

    assert '<th scope="row">validator</th>' in page
    assert re.fullmatch(SHOWN, line)
    assert code == 2
    assert err.startswith("Error: The engine stopped: ")
    assert Engine.load(foreground.home) is None


def test_sigterm_stops_the_engine(foreground: Foreground) -> None:
    engine = foreground.engine()

    foreground.process.send_signal(signal.SIGTERM)
    code, _, _ = foreground.end()

    assert code == 128 + signal.SIGTERM
    assert not engine.is_running()
    assert Engine.load(foreground.home) is None


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [(["status", "--local", "stack.json"], 2), (["down", "--home", "."], 0)],
)
def test_a_dead_engine_is_reported_and_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], exit_code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stack.json").write_text(json.dumps(a_stack().description()))
    (tmp_path / "engine.log").write_text("first\n\nlast words\n")
    record = {"pid": 2**22 + 1, "created": 0.0, "port": 1, "iam": False}
    (tmp_path / "engine.json").write_text(json.dumps(record))

    result = CliRunner().invoke(cli, command)

    assert "The engine was not running: first | last words" in result.output
    assert result.exit_code == exit_code
    assert Engine.load(tmp_path) is None
