"""A separate deployment on the common engine."""

from collections.abc import Iterator

import pytest
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from local import deployment
from local.lifecycle import Engine
from ops.stack import Stack
from ops.subscriber import subscribe
from tests.security import case_counts
from tests.security.permissions import Roles
from tests.security.scenario import Scenario
from tests.template.reading import STAGES

SUFFIX = "security"


@pytest.fixture(scope="session", autouse=True)
def _document(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if request.config.getoption("--write-report"):
        case_counts.write()


@pytest.fixture(scope="session")
def secured(engine: Engine) -> Stack:
    """Return a stack without retries, so that failures are immediate."""
    stack = deployment.deploy(engine, SUFFIX)
    for stage in STAGES:
        stack.functions.update_function_event_invoke_config(
            FunctionName=f"{stage}-{SUFFIX}", Qualifier="$LATEST", MaximumRetryAttempts=0
        )
    # A server may close a kept-alive connection; it is safe to submit a transaction again.
    stack.http.mount("http://", HTTPAdapter(max_retries=Retry(2, allowed_methods=None)))
    return stack


@pytest.fixture(scope="session")
def scenario(secured: Stack) -> Iterator[Scenario]:
    with subscribe(secured) as notifications:
        yield Scenario(secured, notifications)


@pytest.fixture(scope="session")
def roles(secured: Stack) -> Roles:
    return Roles(secured, SUFFIX)
