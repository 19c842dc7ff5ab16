"""A process without a network, in which the handlers find their configuration."""

import os
import socket
from typing import NoReturn

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "ap-southeast-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",  # as in the template
    "DYNAMODB_TABLE": "transactions",
    "OUTCOMES_TABLE": "outcomes",
    "OUTCOME_RETENTION_DAYS": "30",
    "S3_BUCKET": "audit",
    "SNS_TOPIC_ARN": "arn:aws:sns:ap-southeast-1:000000000000:events",
}


class NetworkDenied(RuntimeError):
    """A simulated process used the network."""


def go_offline() -> None:
    """Deny the network for the rest of the process, and set what the handlers read."""
    socket.socket = Denied  # type: ignore[misc]
    socket.getaddrinfo = _deny
    os.environ.pop("AWS_ENDPOINT_URL", None)
    os.environ |= ENVIRONMENT


class Denied(socket.socket):
    """A socket that cannot be opened."""

    def __init__(self, *_arguments: object, **_options: object) -> None:
        _deny()


def _deny(*_arguments: object, **_options: object) -> NoReturn:
    raise NetworkDenied("A simulation must not use the network.")
