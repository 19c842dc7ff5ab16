"""The deployed pipeline, and a subscriber of its topic, for the whole session."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

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
