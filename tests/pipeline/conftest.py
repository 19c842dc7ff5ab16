"""The deployed pipeline, and a subscriber of its topic, for the whole session."""

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from local.lifecycle import Engine
from ops.stack import Stack
from ops.subscriber import Subscriber, subscribe
from ops.transaction import a_body


@pytest.fixture(scope="session")
def pipeline(stack: Stack) -> Stack:
    return stack


@pytest.fixture(scope="session")
def notifications(pipeline: Stack) -> Iterator[Subscriber]:
    with subscribe(pipeline) as subscriber:
        yield subscriber


@pytest.fixture(scope="session")
def a_transaction() -> Callable[..., dict[str, Any]]:
    """Return a function that builds a valid body with a unique ID."""
    numbers = itertools.count(1)

    def build(**fields: object) -> dict[str, Any]:
        own = {"transactionId": f"pipeline-{next(numbers)}", "source": "point of sale"}
        return a_body(**{**own, **fields})

    return build


@pytest.fixture
def _as_on_aws(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", engine.connection["endpoint_url"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", engine.connection["region_name"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", engine.connection["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", engine.connection["aws_secret_access_key"])
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # the session caches its configuration
