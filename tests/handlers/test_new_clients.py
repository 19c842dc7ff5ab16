"""The settings of every client that a stage creates."""

from clients import create_clients
from tests.handlers.aws_environment import aws_environment


def test_each_new_client_waits_for_seconds_and_retries() -> None:
    with aws_environment():
        configs = [client.meta.config for client in create_clients("s3", "dynamodb", "sns")]
    assert [(config.connect_timeout, config.read_timeout) for config in configs] == [(2, 5)] * 3
    assert [config.retries for config in configs] == [{"mode": "standard"}] * 3
