"""An AWS on loopback and handlers laid out, both for all tests."""

from collections.abc import Iterator

import pytest

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.staging import Stage, stage


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with aws_on_loopback() as serving:
        yield serving


@pytest.fixture(scope="session")
def staged() -> Iterator[Stage]:
    with stage() as laid_out:
        yield laid_out
