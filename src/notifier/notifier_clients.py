"""Makes a function's clients of AWS for less CPU than boto3.client takes: docs/performance.md.

The folders of processor and notifier deploy alone, so that each holds this module, word for word.
"""

import gc

gc.disable()  # until the clients are made: what they consist of stays

import json
from pathlib import Path
from typing import Any

import botocore
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard"},
    # One of botocore's own would be put together for each request anew.
    user_agent=f"Botocore/{botocore.__version__} transaction-pipeline",
    # S3 checks an object by the SHA-256 that signs it; a CRC, sent in chunks, would replace that.
    request_checksum_calculation="when_required",
)


def create_clients(*services: str) -> list[Any]:
    """Make a client of each service, by the models in AWS_DATA_PATH where that is set."""
    # Without credentials in the environment, botocore may have to ask other services for them.
    session = ServicesSession(services) if EnvProvider().load() else Session()
    clients = [session.create_client(service, config=CONFIG) for service in services]
    for client in clients:
        client.meta.events.register("request-created", send_at_once)
    gc.freeze()
    gc.enable()
    return clients


def send_at_once(request: AWSRequest, **_: object) -> None:
    """Send the body with the headers; botocore has S3 say first that it wants even a small one."""
    del request.headers["Expect"]


def trimmed_files(path: Path, version: str) -> dict[str, Any]:
    """Read what build_models.py made of botocore's files, unless it is of another version."""
    made = json.loads(path.read_bytes()) if path.exists() else {}
    files: dict[str, Any] = made["files"] if made.get("botocore") == version else {}
    return files


class ServicesSession(Session):
    """Knows what a function's services need of botocore, and the credentials that Lambda gives."""

    def __init__(self, services: tuple[str, ...]) -> None:
        self._concerned = ("", "*", *services)
        super().__init__()
        self.register_component("credential_provider", CredentialResolver([EnvProvider()]))
        if not self.get_config_variable("data_path"):
            self.register_component("data_loader", ServicesLoader(services))

    def register(self, event_name: str, *args: Any, **options: Any) -> None:  # noqa: ANN401 - botocore's
        """Pass by botocore's handlers for other services and for documentation.

        https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
        """
        kind, service, *_ = f"{event_name}..".split(".")
        if kind != "docs" and service in self._concerned:
            super().register(event_name, *args, **options)


class ServicesLoader(Loader):
    """Knows which services there are without looking through the folders of all others."""

    def __init__(self, services: tuple[str, ...]) -> None:
        path = Path(__file__).with_suffix(".json")
        files = trimmed_files(path, botocore.__version__)
        super().__init__(file_loader=TrimmedFileLoader(files))
        self._services = services

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - any type
        """Name the function's services."""
        return list(self._services)


class TrimmedFileLoader(JSONFileLoader):
    """Reads what was made of a file of botocore's in its place."""

    def __init__(self, files: dict[str, Any]) -> None:
        self._files = {f"{Loader.BUILTIN_DATA_PATH}/{name}": files[name] for name in files}

    def load_file(self, file_path: str) -> Any:  # noqa: ANN401 - any JSON
        """Read a file, given without suffix."""
        return self._files.get(file_path) or super().load_file(file_path)
