"""What functions that `sam local` runs in Docker need to work on the local AWS."""

import json
import socket
import sys
from pathlib import Path

import psutil

from ops.stack import Stack

HOST = "host.docker.internal"


class DockerError(Exception):
    """There is no Docker that functions could come from."""


def bridge_address(interface: str = "docker0") -> str | None:
    """Return this machine's address in Docker's network, None where loopback can be reached.

    Docker Desktop forwards to loopback; on Linux a container sees the bridge's address only.
    """
    if sys.platform != "linux":
        return None
    addresses = psutil.net_if_addrs().get(interface, [])
    found = [one.address for one in addresses if one.family == socket.AF_INET]
    if not found:
        raise DockerError(
            f"--docker needs Docker's network interface {interface}; is Docker running?"
        )
    return found[0]


def write_environment(stack: Stack, path: Path) -> None:
    """Write the functions' variables for `sam local invoke --env-vars`.

    `sam local` cannot know the deployed names: it resolves Ref to the logical id.
    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-invoke.html
    """
    port = stack.connection["endpoint_url"].rpartition(":")[2]
    variables = {
        "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
        "DYNAMODB_TABLE": stack.outputs.table_name,
        "S3_BUCKET": stack.outputs.bucket_name,
        "SNS_TOPIC_ARN": stack.outputs.topic_arn,
    }
    path.write_text(json.dumps({"Parameters": variables}, indent=2) + "\n")
