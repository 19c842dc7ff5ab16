"""Hypothesis profiles, an engine that enforces roles, and the deployed stack: one per session."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from local import deployment, lifecycle
from local.lifecycle import Engine
from local.stack import LocalStack

# The quick profile tries the same examples in each run, so that luck decides no run.
settings.register_profile("quick", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=3_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-report", action="store_true", help="Write the figures to docs/reliability.md."
    )
    parser.addoption(
        "--write-events", action="store_true", help="Write what travels on each hop to events/."
    )


SHARED_STACKS = ("ground", "secured", "stack")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests by the stack that they share, others by file: each stack is deployed once."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        shared = [name for name in SHARED_STACKS if name in fixtures]
        group = shared[0] if shared else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


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
def stack(engine: Engine) -> LocalStack:
    return deployment.deploy(engine, "test")
