"""An engine of its own, for its faults would disturb others, and the stack that goes to AWS."""

from collections.abc import Iterator

import pytest

from local import deployment, lifecycle
from ops.stack import Stack
from tests.reliability.ground import Ground

SUFFIX = "reliable"


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    home = tmp_path_factory.mktemp("reliability")
    with lifecycle.running(home, iam=True) as engine:
        deployment.deploy(engine, SUFFIX).save(home / "stack.json")
        yield Ground(engine, Stack.local(home / "stack.json"))
