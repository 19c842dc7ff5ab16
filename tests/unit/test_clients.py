"""The clients of the handlers give up and retry well within a function's sixty seconds."""

from typing import Any

import pytest

import notifier
import processor


@pytest.mark.parametrize("client", [processor.s3, processor.dynamodb, notifier.sns])
def test_a_client_waits_for_seconds_and_retries(client: Any) -> None:  # noqa: ANN401 - any client
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.retries == {"mode": "standard"}
