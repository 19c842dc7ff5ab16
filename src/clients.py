"""What a function uses of AWS: its clients, and the names of its resources.

Importing botocore and making clients is most of a cold start. All of it stays, so the garbage
collector need not look for anything there: docs/performance.md.
"""

import gc

gc.disable()  # until the clients are made

import gzip
import json
import logging
import os
from pathlib import Path
from typing import Any

import botocore
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import EnvProvider
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

# What older versions of botocore do not know is an environment variable in the template:
# Lambda's version changes when AWS sees fit.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard"},
    # botocore would build its own User-Agent anew for each request.
    user_agent=f"Botocore/{botocore.__version__} transaction-pipeline",
    # Before 1.36, botocore would sign an object without its SHA-256.
    s3={"payload_signing_enabled": True},
)

logging.getLogger("botocore").setLevel(logging.WARNING)  # it logs its configuration at INFO


class ModelFiles(JSONFileLoader):
    """botocore's files, as plain dictionaries: ordered ones take twice the time."""

    def load_file(self, file_path: str) -> object:
        """Return the content of a file, whose suffix is missing from the path."""
        packed, plain = Path(f"{file_path}.json.gz"), Path(f"{file_path}.json")
        if packed.is_file():
            return json.loads(gzip.decompress(packed.read_bytes()))
        return json.loads(plain.read_bytes()) if plain.is_file() else None


class Models(Loader):
    """The models of a few services: botocore's own loader looks through the folders of all."""

    def __init__(self, services: tuple[str, ...]) -> None:
        super().__init__(file_loader=ModelFiles())
        self.services = services

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the services whose models may be loaded."""
        return list(self.services)


class ServiceSession(Session):
    """A session without botocore's handlers for documentation and for other services."""

    def __init__(self, services: tuple[str, ...]) -> None:
        self.concerned = ("", "*", *services)
        super().__init__()
        self.register_component("data_loader", Models(services))

    def register(self, event_name: str, *args: Any, **options: Any) -> None:
        """Register a handler if its event concerns the services."""
        kind, service, *_ = f"{event_name}..".split(".")
        if kind != "docs" and service in self.concerned:
            super().register(event_name, *args, **options)


class MissingConfiguration(RuntimeError):
    """An environment variable of the function is not set."""


def create_clients(*services: str) -> list[Any]:
    """Create the client of each service.

    Create them at import: Lambda does not throttle the CPU while it initializes an environment.
    """
    # Without credentials in the environment, botocore may have to ask other services for them.
    session = ServiceSession(services) if EnvProvider().load() else Session()
    clients = [session.create_client(service, config=CONFIG) for service in services]
    for client in clients:
        client.meta.events.register("request-created", _send_at_once)
    gc.freeze()
    gc.enable()
    return clients


def resource_name(variable: str) -> str:
    """Return the name that an environment variable holds, or raise MissingConfiguration."""
    name = os.environ.get(variable)
    if not name:
        raise MissingConfiguration(f"{variable}: the environment variable is not set")
    return name


def _send_at_once(request: AWSRequest, **_: object) -> None:
    """Send the body with the headers: S3 would first be asked whether it wants even a small one."""
    del request.headers["Expect"]
