"""The address of this machine in Docker, and the functions' variables."""

import json
import sys
from pathlib import Path

import pytest

from local import docker
from local.docker import DockerError
from ops.stack import Stack
from template.settings import Settings


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere loopback can be reached")
def test_on_linux_the_interface_has_the_address() -> None:
    assert docker.bridge_address("lo") == "127.0.0.1"


def test_a_missing_interface_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")

    with pytest.raises(DockerError, match="absent0; start Docker"):
        docker.bridge_address("absent0")


def test_elsewhere_loopback_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    assert docker.bridge_address() is None


def test_functions_get_the_deployed_names(stack: Stack, tmp_path: Path) -> None:
    docker.write_environment(stack, tmp_path / "env.json")

    variables = json.loads((tmp_path / "env.json").read_text())["Parameters"]
    port = stack.connection["endpoint_url"].rpartition(":")[2]
    assert variables == {
        "AWS_ENDPOINT_URL": f"http://host.docker.internal:{port}",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "DYNAMODB_TABLE": stack.outputs.table_name,
        "OUTCOMES_TABLE": stack.outputs.outcomes_table_name,
        "OUTCOME_RETENTION_DAYS": str(Settings().outcome_retention),
        "S3_BUCKET": stack.outputs.bucket_name,
        "SNS_TOPIC_ARN": stack.outputs.topic_arn,
    }
