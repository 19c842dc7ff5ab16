"""The setup for functions that `sam local` runs in Docker against the local AWS."""

import json
import socket
import sys
from pathlib import Path

import psutil

from ops.stack import Stack

HOST = "host.docker.internal"


class DockerError(Exception):
    """Docker's network is not available."""


def bridge_address(interface: str = "docker0") -> str | None:
    """Return this machine's address in Docker's network, or None if loopback is reachable.

    Docker Desktop forwards to loopback; a container on Linux reaches only the bridge's address.
    """
    if sys.platform != "linux":
        return None
    addresses = psutil.net_if_addrs().get(interface, [])
    found = [one.address for one in addresses if one.family == socket.AF_INET]
    if not found:
        raise DockerError(f"--docker needs Docker's network interface {interface}; start Docker")
    return found[0]


def write_environment(stack: Stack, path: Path) -> None:
    """Write the functions' variables for `sam local invoke --env-vars`.

    `sam local` resolves Ref to the logical ID, not to the deployed name:
    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-invoke.html
    """
    port = stack.connection["endpoint_url"].rpartition(":")[2]
    variables: dict[str, str] = {}
    for stage in stack.stages:
        found = stack.functions.get_function_configuration(FunctionName=stage.function_name)
        variables |= found["Environment"]["Variables"]
    variables["AWS_ENDPOINT_URL"] = f"http://{HOST}:{port}"
    path.write_text(json.dumps({"Parameters": variables}, indent=2) + "\n")
