"""The engine's process: started on loopback, watched until it answers, stopped by its id."""

import contextlib
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import psutil
import requests

from local.stack import Connection

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".local"
ENGINE_PYTHON = ROOT / ".venv-engine/bin/python"
FUNCTIONS_PYTHON = ROOT / ".venv-functions/bin/python"
ACCESS_KEY_ID = "local-operator"
SECRET_ACCESS_KEY = "local"  # noqa: S105 # there is nothing behind it
REGION: Final = "ap-southeast-1"

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
LAST_LINES = 5


class EngineError(Exception):
    """What went wrong with the engine, in one sentence for its user."""


@dataclass(frozen=True)
class Engine:
    """A running engine; `created` tells its process from a later one with the same id."""

    home: Path
    pid: int
    created: float
    port: int
    iam: bool

    @property
    def endpoint_url(self) -> str:
        """Where every AWS service answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def connection(self) -> Connection:
        """How boto3 reaches the AWS that this engine is."""
        return Connection(
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
        )

    @property
    def log(self) -> Path:
        """What the engine printed."""
        return self.home / "engine.log"

    @classmethod
    def load(cls, home: Path = STATE) -> Self | None:
        """Give the engine that was last started there and not stopped since."""
        record = home / "engine.json"
        if not record.exists():
            return None
        return cls(home=home, **json.loads(record.read_text()))

    def save(self) -> None:
        """Leave the record by which another process finds this engine."""
        record = asdict(self)
        del record["home"]
        (self.home / "engine.json").write_text(json.dumps(record))

    def process(self) -> psutil.Process | None:
        """Its process, while it lives."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def wait(self) -> None:
        """Return when it has ended."""
        if process := self.process():
            process.wait()

    def last_words(self) -> str:
        """Give the end of its log, on one line."""
        lines = self.log.read_text(errors="replace").split("\n")
        return " | ".join([line.strip() for line in lines if line.strip()][-LAST_LINES:])


def start(
    home: Path = STATE,
    port: int | None = None,
    *,
    iam: bool = False,
    retry_seconds: int = 1,
    also_at: str | None = None,
) -> Engine:
    """Start an engine whose every file is below `home`, and return when it serves.

    `retry_seconds` is Lambda's pause before it retries an event, a minute on AWS; `also_at` is
    an address that it listens on besides loopback.
    """
    for python in (ENGINE_PYTHON, FUNCTIONS_PYTHON):
        if not python.exists():
            raise EngineError(f"{python.parents[1].name} is missing; make it with: make setup")
    running = Engine.load(home)
    if running and running.process():
        raise EngineError(
            f"An engine is running already at {running.endpoint_url} (process {running.pid}); "
            "stop it with: python -m local down"
        )
    home.mkdir(parents=True, exist_ok=True)
    port = _free_port(port)
    addresses = [f"{host}:{port}" for host in ("127.0.0.1", also_at) if host]
    pid = _spawn(home, _environment(home, addresses, iam=iam, retry_seconds=retry_seconds))
    engine = Engine(home, pid, psutil.Process(pid).create_time(), port, iam)
    engine.save()
    try:
        _wait_until_ready(engine)
    except BaseException:
        stop(engine)
        raise
    return engine


@contextlib.contextmanager
def running(home: Path = STATE, port: int | None = None, *, iam: bool = False) -> Iterator[Engine]:
    """Run an engine for as long as the block lasts."""
    engine = start(home, port, iam=iam)
    try:
        yield engine
    finally:
        stop(engine)


def stop(engine: Engine) -> None:
    """End the engine and whatever it started: asked first, killed if that takes too long."""
    process = engine.process()
    if process:
        family = [*process.children(recursive=True), process]
        process.terminate()
        psutil.wait_procs([process], timeout=STOP_SECONDS)
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(family, timeout=STOP_SECONDS)
    for record in ("stack.json", "engine.json"):
        (engine.home / record).unlink(missing_ok=True)
    shutil.rmtree(engine.home / "tmp", ignore_errors=True)


def _free_port(wanted: int | None) -> int:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError as error:
            raise EngineError(f"Port {wanted} cannot be used: {error.strerror}") from error
        port: int = probe.getsockname()[1]
        return port


def _environment(
    home: Path, addresses: list[str], *, iam: bool, retry_seconds: int
) -> dict[str, str]:
    folders = {
        "CONFIG_DIR": home / "config",
        "FILESYSTEM_ROOT": home / "files",
        "TMPDIR": home / "tmp",
        "XDG_CACHE_HOME": home / "cache",
    }
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    settings = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "local/plugin")]),
        "GATEWAY_LISTEN": ",".join(addresses),
        "GATEWAY_SERVER": "hypercorn",  # the default one listens on every address
        "LOCALEMU_HOST": addresses[0],
        "IN_MEMORY_CLIENT": "1",  # its services call each other without a socket
        "DOCKER_CMD": "false",  # containers on this machine are none of its business
        "DOCKER_HOST": f"unix://{os.devnull}",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LAMBDA_RETRY_BASE_DELAY": str(retry_seconds),
        "LOCAL_FUNCTIONS_PYTHON": str(FUNCTIONS_PYTHON),
        "LS_LOG": os.environ.get("LS_LOG", "error"),
        "OVERRIDE_IN_DOCKER": "0",  # in a container too, it keeps to the folders above
        "SQS_ENDPOINT_STRATEGY": "path",
        **{name: str(folder) for name, folder in folders.items()},
    }
    if iam:
        settings |= {"IAM_ENFORCEMENT": "1", "ROOT_ACCESS_KEYS": ACCESS_KEY_ID}
    return {**os.environ, **settings}


def _spawn(home: Path, environment: dict[str, str]) -> int:
    # A session of its own: Ctrl-C in a terminal is for the command line, which stops the engine.
    log = str(home / "engine.log")
    return os.posix_spawn(
        ENGINE_PYTHON,
        [str(ENGINE_PYTHON), "-m", "localemu.runtime.main"],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigdef=[signal.SIGINT, signal.SIGTERM],
    )


def _wait_until_ready(engine: Engine) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not engine.process():
            raise EngineError(f"The engine died as it started: {engine.last_words()}")
        with contextlib.suppress(requests.ConnectionError):
            health = requests.get(f"{engine.endpoint_url}/_localemu/health", timeout=START_SECONDS)
            if health.ok:
                return
        time.sleep(POLL_SECONDS)
    raise EngineError(f"The engine did not answer in {START_SECONDS:.0f} s: {engine.last_words()}")
