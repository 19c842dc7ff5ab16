"""The saved state of an engine: what `pipeline dev` goes on with, and what a snapshot holds.

The engine writes pickles, which only the same version of the engine reads.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from importlib import metadata
from pathlib import Path
from typing import Any, Self

import requests

from local import journal
from local.launch import ENGINE_PYTHON, EngineError
from local.lifecycle import Engine
from ops.stack import Stack, http_session

ON_REQUEST = "MANUAL"
PERSISTENT = {
    "PERSISTENCE": "1",
    "SNAPSHOT_LOAD_STRATEGY": ON_REQUEST,  # while it starts, functions could not call AWS yet
    "SNAPSHOT_SAVE_STRATEGY": ON_REQUEST,
}
"""The settings of an engine that keeps its state."""

SECONDS = 120
ATTEMPTS = 5
"""An event can change what is being saved, or the save fails."""
DESCRIPTION = "pipeline.json"
MANIFEST = "_manifest.json"
"""The file that the engine writes last."""


@dataclass(frozen=True)
class Versions:
    """The versions that a saved state belongs to."""

    engine: str
    template: str

    @classmethod
    def current(cls, template: Path) -> Self:
        """Return the installed engine's version and the digest of a template."""
        packages = [str(path) for path in ENGINE_PYTHON.parents[1].glob("lib/*/site-packages")]
        (engine,) = metadata.distributions(name="localemu", path=packages)
        return cls(engine.version, hashlib.sha256(template.read_bytes()).hexdigest()[:16])


@dataclass(frozen=True)
class Saved:
    """The description of a saved state: its versions, and the stack that it contains."""

    versions: Versions
    stack: Stack

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the description of a saved state, or None if the state is not complete."""
        if not all((folder / name).exists() for name in (DESCRIPTION, MANIFEST)):
            return None
        content: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text())
        return cls(Versions(**content["versions"]), Stack.described(content["stack"]))

    def write(self, folder: Path) -> None:
        """Write the description beside the files of the engine."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {"versions": asdict(self.versions), "stack": self.stack.description()}
        (folder / DESCRIPTION).write_text(json.dumps(content))


def folder_of(home: Path) -> Path:
    """Return the folder in which the engine of `home` saves its state."""
    return home / "files/var/lib/localemu/state/state"


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """Keep other processes from saving, packing or replacing the state meanwhile."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "state.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def save(engine: Engine, after: int = 0) -> None:
    """Save the state of a running engine; raise EngineError if the engine keeps none.

    The services are saved one after the other, so a save during which something happened is
    repeated. `after` is an entry of the journal that is known to be earlier. The caller holds the
    lock: the engine skips a save during another one.
    """
    last = _last_entry(engine, after)
    for _ in range(ATTEMPTS):
        errors = _post(engine, "save").json().get("errors")
        before, last = last, _last_entry(engine, last)
        if not errors and last == before:
            return
    if errors:
        raise EngineError(f"The engine did not save all of its state: {errors}")


def _last_entry(engine: Engine, after: int) -> int:
    try:
        return journal.last(engine.endpoint_url, after)
    except requests.RequestException as error:
        raise EngineError(f"The engine did not save its state: {engine.last_words()}") from error


def load(engine: Engine) -> None:
    """Load the saved state into an engine that just started."""
    _post(engine, "load").raise_for_status()


def _post(engine: Engine, action: str) -> requests.Response:
    http = http_session(engine.connection)
    try:
        response = http.post(f"{engine.endpoint_url}/_localemu/state/{action}", timeout=SECONDS)
    except requests.RequestException as error:
        raise EngineError(
            f"The engine did not {action} its state: {engine.last_words()}"
        ) from error
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise EngineError(
            "The engine keeps no state; stop it with `pipeline down`, and start `pipeline dev`"
        )
    return response


def replace(home: Path, replacement: Path) -> None:
    """Replace the saved state with a folder of another one, which is moved."""
    folder = folder_of(home)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    replacement.rename(folder)
