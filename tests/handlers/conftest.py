"""Stubbed clients, the environment variables of the functions, and log lines as data."""

import importlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.handlers.aws_environment import aws_environment

with aws_environment():  # the handlers create their clients at import
    processor = importlib.import_module("processor.processor")
    notifier = importlib.import_module("notifier.notifier")

Log = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def s3() -> Iterator[Stubber]:
    yield from _answering(processor.s3)


@pytest.fixture(autouse=True)
def dynamodb() -> Iterator[Stubber]:
    yield from _answering(processor.dynamodb)


@pytest.fixture(autouse=True)
def outcomes() -> Iterator[Stubber]:
    yield from _answering(notifier.dynamodb)


@pytest.fixture(autouse=True)
def sns() -> Iterator[Stubber]:
    yield from _answering(notifier.sns)


def _answering(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def _function_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_BUCKET", "audit-logs-dev-000000000000-ap-southeast-1")
    monkeypatch.setenv("DYNAMODB_TABLE", "transactions-dev")
    monkeypatch.setenv("OUTCOMES_TABLE", "outcomes-dev")
    monkeypatch.setenv("OUTCOME_RETENTION_DAYS", "30")
    monkeypatch.setenv(
        "SNS_TOPIC_ARN", "arn:aws:sns:ap-southeast-1:000000000000:transaction-events-dev"
    )


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    """Return the log lines; each is one JSON object without control characters."""

    def read() -> list[dict[str, Any]]:
        lines = capsys.readouterr().out.split("\n")
        assert lines.pop() == ""
        assert all(line.isprintable() for line in lines)
        return [json.loads(line) for line in lines]

    return read
