"""How the engine's process is begun: its port, its environment, its log."""

import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE_PYTHON = ROOT / ".venv-engine/bin/python"
FUNCTIONS_PYTHON = ROOT / ".venv-functions/bin/python"
ACCESS_KEY_ID = "local-operator"


class EngineError(Exception):
    """What went wrong with the engine, in one sentence for its user."""


def require_environments() -> None:
    """Raise EngineError for an environment that is not installed."""
    for python in (ENGINE_PYTHON, FUNCTIONS_PYTHON):
        if not python.exists():
            raise EngineError(f"{python.parents[1].name} is missing; make it with: make setup")


def free_port(wanted: int | None) -> int:
    """Give the wanted port, or any; raise EngineError if it is taken."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError as error:
            raise EngineError(f"Port {wanted} cannot be used: {error.strerror}") from error
        port: int = probe.getsockname()[1]
        return port


def environment(home: Path, addresses: list[str], *, iam: bool) -> dict[str, str]:
    """Give the engine's environment, and make the folders that it names."""
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
            raise EngineError(f"{folder} cannot be made: {error.strerror}") from error
    settings = {
        "GATEWAY_LISTEN": ",".join(addresses),
        "GATEWAY_SERVER": "hypercorn",  # the default one listens on every address
        "LOCALEMU_HOST": addresses[0],
        "IN_MEMORY_CLIENT": "1",  # its services call each other without a socket
        "DOCKER_CMD": "false",  # containers on this machine are none of its business
        "DOCKER_HOST": f"unix://{os.devnull}",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LAMBDA_RETRY_BASE_DELAY": "1",  # a minute on AWS
        "LOCAL_FUNCTIONS_PYTHON": str(FUNCTIONS_PYTHON),
        "LS_LOG": "error",
        "OVERRIDE_IN_DOCKER": "0",  # in a container too, it keeps to the folders above
        "SQS_ENDPOINT_STRATEGY": "path",
        **{name: str(folder) for name, folder in folders.items()},
    }
    if iam:
        settings |= {"IAM_ENFORCEMENT": "1", "ROOT_ACCESS_KEYS": ACCESS_KEY_ID}
    return {**without_aws(os.environ), **settings}


def without_aws(variables: Mapping[str, str]) -> dict[str, str]:
    """Drop the user's own AWS set-up: nothing of it may reach what is not for AWS."""
    return {
        **{name: value for name, value in variables.items() if not name.startswith("AWS_")},
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def spawn(variables: dict[str, str], log: Path) -> int:
    """Start the engine with its output in `log`; give its process id."""
    # A session of its own: Ctrl-C in a terminal is for the command line, which stops the engine.
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
