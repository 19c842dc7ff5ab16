"""Clients that answer what a test queued, and nothing else; log lines as data."""

import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.stub import Stubber


@contextmanager
def aws_environment() -> Iterator[None]:
    """Have a region and credentials, and afterwards the environment as it was."""
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


with aws_environment():  # the handlers make their clients at import
    processor, notifier = map(importlib.import_module, ("processor", "notifier"))

Log = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def s3() -> Iterator[Stubber]:
    yield from _answering(processor.s3)


@pytest.fixture(autouse=True)
def dynamodb() -> Iterator[Stubber]:
    yield from _answering(processor.dynamodb)


@pytest.fixture(autouse=True)
def sns() -> Iterator[Stubber]:
    yield from _answering(notifier.sns)


def _answering(client: Any) -> Iterator[Stubber]:  # noqa: ANN401 - any client
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def _function_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_BUCKET", "audit-logs-dev-000000000000-ap-southeast-1")
    monkeypatch.setenv("DYNAMODB_TABLE", "transactions-dev")
    monkeypatch.setenv(
        "SNS_TOPIC_ARN", "arn:aws:sns:ap-southeast-1:000000000000:transaction-events-dev"
    )


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    """Return what was logged; each line is one JSON object without control characters."""

    def read() -> list[dict[str, Any]]:
        lines = capsys.readouterr().out.split("\n")
        assert lines.pop() == ""
        assert all(line.isprintable() for line in lines)
        return [json.loads(line) for line in lines]

    return read
