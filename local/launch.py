"""The launch of the engine's process: port, environment variables, log."""

import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE_PYTHON = ROOT / ".venv-engine/bin/python"
FUNCTIONS_PYTHON = ROOT / ".venv-functions/bin/python"
ACCESS_KEY_ID = "local-operator"
INHERITED = ("COVERAGE_", "DYLD_", "HOME", "LANG", "LC_", "LD_", "LOCAL_", "PATH", "TMPDIR", "TZ")
"""The first letters of the variables that child processes get.

Others change what the engine, sam or pip do: proxies, AWS_*, SAM_*, PIP_*, settings of the engine.
"""


class EngineError(Exception):
    """The engine failed; the message contains the reason."""


def require_environments() -> None:
    """Raise EngineError if a virtual environment is missing."""
    for python in (ENGINE_PYTHON, FUNCTIONS_PYTHON):
        if not python.exists():
            raise EngineError(f"{python.parents[1].name} is missing; create it with: make setup")


def free_port(wanted: int | None, remedy: str = "choose another with --port") -> int:
    """Return the wanted port or a free one; raise EngineError if it is taken."""
    with socket.socket() as probe:
        # As for servers, a port with connections in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError as error:
            raise EngineError(
                f"Port {wanted} cannot be used: {error.strerror}; {remedy}"
            ) from error
        port: int = probe.getsockname()[1]
        return port


def check_journal_size(variables: Mapping[str, str]) -> None:
    """Raise EngineError if LOCAL_JOURNAL is set and not a number."""
    size = variables.get("LOCAL_JOURNAL")
    if size and not size.isdecimal():
        raise EngineError(
            f"LOCAL_JOURNAL={size!r} must be a number of entries; 0 switches the journal off"
        )


def environment(home: Path, addresses: list[str], *, iam: bool) -> dict[str, str]:
    """Return the engine's environment variables, and create the folders in them."""
    folders = {
        "CONFIG_DIR": home / "config",
        "FILESYSTEM_ROOT": home / "files",
        "TMPDIR": home / "tmp",
        "XDG_CACHE_HOME": home / "cache",
    }
    for folder in folders.values():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EngineError(f"{folder} cannot be created: {error.strerror}") from error
    settings = {
        "GATEWAY_LISTEN": ",".join(addresses),
        "GATEWAY_SERVER": "hypercorn",  # the default one listens on every address
        "LOCALEMU_HOST": addresses[0],
        "IN_MEMORY_CLIENT": "1",  # its services call each other without a socket
        "DOCKER_CMD": "false",  # the engine must not use this machine's containers
        "DOCKER_HOST": f"unix://{os.devnull}",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LAMBDA_RETRY_BASE_DELAY": "1",  # in seconds; 60 on AWS
        "LOCAL_FUNCTIONS_PYTHON": str(FUNCTIONS_PYTHON),
        "LS_LOG": "error",
        "OVERRIDE_IN_DOCKER": "0",  # use the folders above in a container too
        "SQS_ENDPOINT_STRATEGY": "path",
        **{name: str(folder) for name, folder in folders.items()},
    }
    if iam:
        settings |= {"IAM_ENFORCEMENT": "1", "ROOT_ACCESS_KEYS": ACCESS_KEY_ID}
    return {**clean_environment(), **settings}


def clean_environment() -> dict[str, str]:
    """Return the environment variables of a child process, without the user's configuration."""
    return {
        **{name: value for name, value in os.environ.items() if name.startswith(INHERITED)},
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def spawn(variables: dict[str, str], log: Path) -> int:
    """Start the engine with its output in `log`, and return its process ID."""
    # Its own session: Ctrl-C reaches the command line, which then stops the engine.
    return os.posix_spawn(
        ENGINE_PYTHON,
        [str(ENGINE_PYTHON), "-m", "localemu.runtime.main"],
        variables,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigdef=[signal.SIGINT, signal.SIGTERM],
    )
