"""A region and credentials, without which botocore creates no client."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def aws_environment() -> Iterator[None]:
    """Set a region and credentials, and restore the environment afterwards."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_DEFAULT_REGION": "ap-southeast-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }.items():
            environment.setenv(name, value)
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        yield
