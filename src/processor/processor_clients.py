"""Makes a function's clients of AWS for two thirds of the CPU that boto3.client takes.

The folders of processor and notifier deploy alone, so that each holds this module, word for word.
"""

import gc

gc.disable()  # until the clients are made: what they consist of stays

import json
import zlib
from pathlib import Path
from typing import Any

import botocore
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader

# Made by build_models.py: what the function uses of files of botocore's. It does without, too.
MODELS = Path(__file__).with_suffix(".json")
TRIMMED = json.loads(MODELS.read_bytes()) if MODELS.exists() else {}

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
    session = botocore.session.get_session()
    if not session.get_config_variable("data_path"):
        session.register_component("data_loader", ServicesLoader(services))
    clients = [session.create_client(service, config=CONFIG) for service in services]
    for client in clients:
        client.meta.events.register("request-created", send_at_once)
    gc.freeze()
    gc.enable()
    return clients


def send_at_once(request: AWSRequest, **_: object) -> None:
    """Send the body with the headers; botocore has S3 say first that it wants even a small one."""
    del request.headers["Expect"]


class ServicesLoader(Loader):
    """Knows which services there are without looking through the folders of all others."""

    def __init__(self, services: tuple[str, ...]) -> None:
        super().__init__(file_loader=TrimmedFileLoader())
        self._services = services

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - any type
        """Name the function's services."""
        return list(self._services)


class TrimmedFileLoader(JSONFileLoader):
    """Reads what was made from a file of botocore's in its place, unless botocore has another."""

    def load_file(self, file_path: str) -> Any:  # noqa: ANN401 - any JSON
        """Read a file, given without suffix."""
        trimmed = TRIMMED.get(file_path.removeprefix(f"{Loader.BUILTIN_DATA_PATH}/"))
        if trimmed:
            original = Path(file_path + trimmed["suffix"])
            if original.is_file() and zlib.crc32(original.read_bytes()) == trimmed["crc32"]:
                return trimmed["content"]
        return super().load_file(file_path)
