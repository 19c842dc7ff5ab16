"""The clients of the handlers give up and retry well within a function's sixty seconds."""

import logging
import runpy
from types import ModuleType
from typing import Any

import pytest

import notifier
import processor
from tests.unit.conftest import aws_environment


@pytest.mark.parametrize("client", [processor.s3, processor.dynamodb, notifier.sns])
def test_a_client_waits_for_seconds_and_retries(client: Any) -> None:  # noqa: ANN401 - any client
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.retries == {"mode": "standard"}


@pytest.mark.parametrize("handler", [processor, notifier])
def test_a_handler_has_botocore_log_warnings_only(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("botocore")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    with aws_environment():
        runpy.run_path(str(handler.__file__))
    assert logger.level == logging.WARNING
