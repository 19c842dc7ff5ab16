"""The engine's process: started on loopback, polled until ready, stopped by its ID."""

import contextlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import psutil
import requests

from local import launch
from local.launch import EngineError
from ops.stack import Connection, http_session

STATE = launch.ROOT / ".local"
SECRET_ACCESS_KEY = "local"  # noqa: S105 # not a secret
REGION: Final = "ap-southeast-1"

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
LAST_LINES = 5


@dataclass(frozen=True)
class Engine:
    """A running engine; `created` distinguishes its process from a later one with the same ID."""

    home: Path
    pid: int
    created: float
    port: int
    iam: bool
    also_at: str | None = None

    @property
    def endpoint_url(self) -> str:
        """Endpoint of every AWS service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def connection(self) -> Connection:
        """Keyword arguments for boto3 clients of this engine."""
        return Connection(
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=launch.ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
        )

    @property
    def log(self) -> Path:
        """Log file of the engine."""
        return self.home / "engine.log"

    @classmethod
    def load(cls, home: Path = STATE) -> Self | None:
        """Return the engine that was last started in a folder, or None if it was stopped."""
        record = home / "engine.json"
        if not record.exists():
            return None
        return cls(home=home, **json.loads(record.read_text()))

    def save(self) -> None:
        """Write the file by which other processes find the engine."""
        record = asdict(self)
        del record["home"]
        (self.home / "engine.json").write_text(json.dumps(record))

    def process(self) -> psutil.Process | None:
        """Return the engine's process, or None if it is not running."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def wait(self) -> None:
        """Wait until the engine has stopped."""
        if process := self.process():
            process.wait()

    def last_words(self) -> str:
        """Return the end of the log on one line."""
        lines = self.log.read_text(errors="replace").split("\n")
        return " | ".join([line.strip() for line in lines if line.strip()][-LAST_LINES:])


def start(
    home: Path = STATE,
    port: int | None = None,
    *,
    iam: bool = False,
    also_at: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Engine:
    """Start an engine with its files in `home`, and return once it serves.

    The engine listens on loopback and on the address `also_at`. `settings` are more environment
    variables: LAMBDA_RETRY_BASE_DELAY (seconds before Lambda's first retry attempt; default 1, on
    AWS 60), LOCAL_JOURNAL (the entries that the journal keeps, 0 to switch it off) and
    LOCAL_LAMBDA_METRICS (if set, Lambda writes metrics for alarms, which is slower).
    """
    launch.require_environments()
    require_stopped(home, iam=iam, also_at=also_at)
    port = launch.free_port(port)
    addresses = [f"{host}:{port}" for host in ("127.0.0.1", also_at) if host]
    variables = {**launch.environment(home, addresses, iam=iam), **(settings or {})}
    launch.check_journal_size(variables)
    pid = launch.spawn(variables, home / "engine.log")
    engine = Engine(home, pid, psutil.Process(pid).create_time(), port, iam, also_at)
    engine.save()
    try:
        _wait_until_ready(engine)
    except BaseException:
        stop(engine)
        raise
    return engine


def require_stopped(home: Path, *, iam: bool = False, also_at: str | None = None) -> None:
    """Raise EngineError if an engine is running, and clean up after one that died."""
    if earlier := Engine.load(home):
        if earlier.process():
            asked = {
                "--iam": iam and not earlier.iam,
                "--docker": also_at not in {None, earlier.also_at},
            }
            missing = " and ".join(flag for flag, lacks in asked.items() if lacks)
            raise EngineError(
                f"An engine is already running at {earlier.endpoint_url} "
                f"(process {earlier.pid}{missing and f', without {missing}'}); "
                "stop it with: pipeline down"
            )
        stop(earlier)


@contextlib.contextmanager
def running(home: Path = STATE, port: int | None = None, *, iam: bool = False) -> Iterator[Engine]:
    """Run an engine for the duration of the block."""
    engine = start(home, port, iam=iam)
    try:
        yield engine
    finally:
        stop(engine)


def stop(engine: Engine) -> None:
    """Stop the engine and its child processes; kill them after a timeout."""
    process = engine.process()
    if process:
        family = [*process.children(recursive=True), process]
        process.terminate()
        psutil.wait_procs([process], timeout=STOP_SECONDS)
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(family, timeout=STOP_SECONDS)
    for record in ("stack.json", "env.json", "engine.json"):
        (engine.home / record).unlink(missing_ok=True)
    shutil.rmtree(engine.home / "tmp", ignore_errors=True)


def _wait_until_ready(engine: Engine) -> None:
    deadline = time.monotonic() + START_SECONDS
    http = http_session(engine.connection)
    while time.monotonic() < deadline:
        if not engine.process():
            raise EngineError(f"The engine stopped during startup: {engine.last_words()}")
        with contextlib.suppress(requests.ConnectionError):
            # The response comes from the plug-in, which loads after the engine itself.
            if http.get(f"{engine.endpoint_url}/_local/faults", timeout=START_SECONDS).ok:
                return
        time.sleep(POLL_SECONDS)
    raise EngineError(
        f"The engine did not respond within {START_SECONDS:.0f} s: {engine.last_words()}"
    )
