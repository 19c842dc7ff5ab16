"""A deployment of our own on the common engine: what is done to it disturbs nobody."""

from collections.abc import Iterator

import pytest

from local import deployment
from local.lifecycle import Engine
from local.run import reach
from ops.stack import Stack
from ops.watch import watch
from tests.security.permissions import Roles
from tests.security.scenario import Scenario

SUFFIX = "security"


@pytest.fixture(scope="session")
def secured(engine: Engine) -> Stack:
    return reach(deployment.deploy(engine, SUFFIX))


@pytest.fixture(scope="session")
def scenario(secured: Stack) -> Iterator[Scenario]:
    with watch(secured) as notifications:
        yield Scenario(secured, notifications)


@pytest.fixture(scope="session")
def roles(secured: Stack) -> Roles:
    return Roles(secured, SUFFIX)
