"""Snapshots: the saved state of the local AWS as one file, kept under a name."""

import shutil
import tarfile
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local import state
from local.lifecycle import Engine
from local.state import Saved, Versions

SUFFIX = ".tar.gz"
NAME = r"\w[\w.-]{0,63}"
NAME_RULE = "1 to 64 letters, digits, . _ or -, starting with neither . nor -"
STATE = "state"
"""The folder in the file."""
RESTORE_SECONDS = 60
POLL_SECONDS = 0.1


class SnapshotError(Exception):
    """The snapshot cannot be saved or restored; the message contains the reason."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot's file."""

    path: Path

    @property
    def name(self) -> str:
        """Name that the snapshot was saved under."""
        return self.path.name.removesuffix(SUFFIX)

    @property
    def saved_at(self) -> datetime:
        """Time of the snapshot."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self.path.stat().st_size


def snapshots(home: Path) -> list[Snapshot]:
    """Return the snapshots, oldest first."""
    found = [Snapshot(path) for path in (home / "snapshots").glob(f"*{SUFFIX}")]
    return sorted(found, key=lambda snapshot: snapshot.saved_at)


def save(home: Path, name: str) -> Snapshot:
    """Save the state of the running engine, or else the state that the last one left."""
    snapshot = Snapshot(_path(home, name))
    if snapshot.path.exists():
        raise SnapshotError(
            f"The snapshot {name} exists; choose another name, or delete {snapshot.path}"
        )
    with state.exclusive(home):
        if (engine := Engine.load(home)) and engine.process():
            state.save(engine)
        if Saved.read(state.folder_of(home)) is None:
            raise SnapshotError(f"There is no state in {home}; start `pipeline dev` first")
        snapshot.path.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as folder:
            unfinished = Path(folder, snapshot.path.name)
            with tarfile.open(unfinished, "w:gz", compresslevel=1) as archive:
                archive.add(state.folder_of(home), arcname=STATE)
            unfinished.rename(snapshot.path)
    return snapshot


def restore(home: Path, name: str, template: Path) -> None:
    """Restore a snapshot, and wait until a running `pipeline dev` serves it."""
    path = _path(home, name)
    if not path.exists():
        names = ", ".join(snapshot.name for snapshot in snapshots(home)) or "none"
        raise SnapshotError(f"There is no snapshot {name}; saved are: {names}")
    with tempfile.TemporaryDirectory(dir=home) as unpacked:
        with tarfile.open(path) as archive:
            archive.extractall(unpacked, filter="data")
        folder = Path(unpacked, STATE)
        _check(name, folder, Versions.current(template))
        engine = Engine.load(home)
        with state.exclusive(home):
            if engine is None or engine.process() is None:
                state.replace(home, folder)
                return
            state.save(engine)  # fails for an engine that keeps no state
            shutil.rmtree(pending(home), ignore_errors=True)
            folder.rename(pending(home))
    _wait_until_taken(home)


def pending(home: Path) -> Path:
    """Return the folder of the state that `pipeline dev` is to go on with."""
    return home / "restore"


def _wait_until_taken(home: Path) -> None:
    deadline = time.monotonic() + RESTORE_SECONDS
    while pending(home).exists() or not (home / "stack.json").exists():
        if time.monotonic() > deadline:
            shutil.rmtree(pending(home), ignore_errors=True)
            raise SnapshotError("`pipeline dev` does not respond; stop the engine: pipeline down")
        time.sleep(POLL_SECONDS)


def _path(home: Path, name: str) -> Path:
    return home / f"snapshots/{name}{SUFFIX}"


def _check(name: str, folder: Path, current: Versions) -> None:
    """Raise SnapshotError if the current versions cannot use a state."""
    saved = Saved.read(folder)
    if saved is None:
        raise SnapshotError(f"The snapshot {name} has no complete state; delete it")
    for kind, has, needs in (
        ("engine", saved.versions.engine, current.engine),
        ("template.yaml", saved.versions.template, current.template),
    ):
        if has != needs:
            raise SnapshotError(
                f"The snapshot {name} belongs to another {kind} ({has}, now {needs}); "
                "check out the commit that it was saved with"
            )
