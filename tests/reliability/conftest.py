"""A separate stack for faults, on the engine of the session."""

import pytest

from local import deployment
from local.lifecycle import Engine
from ops.stack import Stack
from tests.reliability.fault_harness import FaultHarness

SUFFIX = "reliable"


@pytest.fixture(scope="session")
def harness(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> FaultHarness:
    description = tmp_path_factory.mktemp("reliability") / "stack.json"
    deployment.deploy(engine, SUFFIX).save(description)
    return FaultHarness(engine, Stack.local(description), description)
