"""An AWS on loopback and copies of the handlers, both for all tests."""

from collections.abc import Iterator

import pytest

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.staging import StagedCode, staged_code


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with aws_on_loopback() as serving:
        yield serving


@pytest.fixture(scope="session")
def staged() -> Iterator[StagedCode]:
    with staged_code() as copies:
        yield copies
