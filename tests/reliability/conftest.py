"""A stack of its own, which faults disturb, on the engine of the session."""

import pytest

from local import deployment
from local.lifecycle import Engine
from ops.stack import Stack
from tests.reliability.ground import Ground

SUFFIX = "reliable"


@pytest.fixture(scope="session")
def ground(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    description = tmp_path_factory.mktemp("reliability") / "stack.json"
    deployment.deploy(engine, SUFFIX).save(description)
    return Ground(engine, Stack.local(description), description)
