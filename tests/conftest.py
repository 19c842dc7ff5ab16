"""The engine with roles enforced, and on it the stack that goes to AWS: one each for all tests."""

import signal
from collections.abc import Iterator

import pytest

from local import deployment, lifecycle
from local.lifecycle import Engine
from ops.stack import Stack


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-report", action="store_true", help="Write the figures to docs/reliability.md."
    )
    parser.addoption(
        "--write-events", action="store_true", help="Write what travels on each hop to events/."
    )


@pytest.fixture(scope="session")
def interruptible() -> Iterator[None]:
    """Let children take Ctrl-C: those of a background job inherit that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with lifecycle.running(tmp_path_factory.mktemp("engine"), iam=True) as started:
        yield started


@pytest.fixture(scope="session")
def stack(engine: Engine) -> Stack:
    return deployment.deploy(engine, "test")
