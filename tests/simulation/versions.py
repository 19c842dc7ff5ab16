"""Versions of the handlers, each loaded as Lambda loads its own artifact.

released.zip is `git archive --format=zip COMMIT src` of the last version with another contract
between the stages; the comment of the archive is its commit.
"""

import importlib
import importlib.util
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from template.pipeline import compose
from template.settings import Settings
from tests.simulation.clients import Gate, Stub, answer

ROOT = Path(__file__).resolve().parents[2]
RELEASED = Path(__file__).with_name("released.zip")
STAGES = tuple(stage.name for stage in compose(Settings()).stages)
SHARED = ("clients", "contract", "destination", "logs")
SERVICES = ("s3", "dynamodb", "sns")


@dataclass(frozen=True)
class Version:
    """The modules of one version, and the clients that its stages created."""

    name: str
    modules: Mapping[str, ModuleType]
    clients: Mapping[tuple[str, str], Any]

    def use(self, gate: Gate, form: str) -> None:
        """Connect the clients of all stages to a gate."""
        stub = Stub(gate)
        for (stage, service), client in self.clients.items():
            answer(client, gate)  # always: a client that nobody answers would try the network
            setattr(self.modules[stage], service, stub if form == "stub" else client)

    def replace(self, module: str, name: str, value: object) -> None:
        """Replace what a module prints with, or reads the time from."""
        setattr(self.modules[module], name, value)


def commit() -> str:
    """Return the commit of the released version."""
    with zipfile.ZipFile(RELEASED) as archive:
        return archive.comment.decode()


def load(name: str, source: Path, created: Version | None = None) -> Version:
    """Load the handlers below a folder or an archive; `created` has clients to share."""
    with _isolated(source):
        if created:
            sys.modules["clients"] = _sharing(created)
        modules = {stage: module for stage in STAGES if (module := _module(stage))}
        modules |= {one: sys.modules[one] for one in SHARED if one in sys.modules}
    clients = {
        (stage, service): getattr(modules[stage], service)
        for stage in STAGES
        if stage in modules
        for service in SERVICES
        if hasattr(modules[stage], service)
    }
    return Version(name, modules, clients)


def _module(stage: str) -> ModuleType | None:
    """Return the module of a stage; the released version can lack the stage."""
    name = stage.replace("-", "_")
    found = importlib.util.find_spec(name) and importlib.util.find_spec(f"{name}.{name}")
    return importlib.import_module(f"{name}.{name}") if found else None


def _sharing(version: Version) -> Any:
    """Return a module `clients` that creates none: creating one takes a tenth of a second."""
    by_service = {service: client for (_, service), client in version.clients.items()}
    shared: Any = ModuleType("clients")
    shared.resource_name = version.modules["clients"].resource_name
    shared.create_clients = lambda *services: [by_service[service] for service in services]
    return shared


@contextmanager
def _isolated(source: Path) -> Iterator[None]:
    """Import the modules of the handlers anew from a place, and restore those of before."""
    own = {*(stage.replace("-", "_") for stage in STAGES), *SHARED}
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] in own}
    path = [*sys.path]
    for name in before:
        del sys.modules[name]
    # No module of today's may stand in for one that another version lacks.
    sys.path[:] = [str(source), *(one for one in path if Path(one).name != source.name)]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in [name for name in sys.modules if name.split(".")[0] in own]:
            del sys.modules[name]
        sys.modules.update(before)
