"""The engine with roles enforced, and on it the stack that goes to AWS: one each for all tests."""

from collections.abc import Iterator

import pytest

from local import deployment, lifecycle
from local.lifecycle import Engine
from local.stack import LocalStack


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with lifecycle.running(tmp_path_factory.mktemp("engine"), iam=True) as started:
        yield started


@pytest.fixture(scope="session")
def stack(engine: Engine) -> LocalStack:
    return deployment.deploy(engine, "test")
