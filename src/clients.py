"""What a function uses of AWS: its clients, and the names of its resources.

Importing botocore and making clients is most of a cold start. All of it stays, so the garbage
collector need not look for anything there: docs/performance.md.
"""

import gc

gc.disable()  # until the clients are made

import logging
import os
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.session import Session

# What older versions of botocore do not know is an environment variable in the template:
# Lambda's version changes when AWS sees fit.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard"},
    # Before 1.36, botocore would sign an object without its SHA-256.
    s3={"payload_signing_enabled": True},
)

logging.getLogger("botocore").setLevel(logging.WARNING)  # it logs its configuration at INFO


class MissingConfiguration(RuntimeError):
    """An environment variable of the function is not set."""


def create_clients(*services: str) -> list[Any]:
    """Create the client of each service.

    Create them at import: Lambda does not throttle the CPU while it initializes an environment.
    """
    session = Session()
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
