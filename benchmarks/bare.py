"""The engine without `local/`'s comforts: start it, `sam deploy`, POST one transaction."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import psutil
import requests

from benchmarks.benchmark import cpu_seconds
from local import deployment, launch
from local.lifecycle import REGION
from ops.stack import Connection
from ops.transaction import a_body

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.02
STACK = "transactions-bare"
SUFFIX = "bare"
BODY = a_body(transactionId="first", source="benchmark")


def bare_engine(built: Path, home: Path) -> tuple[float, float]:
    """Return the seconds, wall and CPU, from the engine's start to the first record."""
    begun = time.perf_counter()
    with _engine(home) as (process, url):
        connection = Connection(
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=launch.ACCESS_KEY_ID,
            aws_secret_access_key="none",  # noqa: S106 # there is nothing behind it
        )
        sam = _deploy(built, connection)
        _post(connection)
        first_record(boto3.client("dynamodb", **connection), f"transactions-{SUFFIX}")
        return time.perf_counter() - begun, tree_cpu_seconds(process) + sam


def first_record(dynamodb: "DynamoDBClient", table: str) -> None:
    """Wait until the first transaction is recorded."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not dynamodb.scan(TableName=table, Limit=1)["Items"]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{table} is empty after {PATIENCE_SECONDS} s")
        time.sleep(PAUSE_SECONDS)


@contextlib.contextmanager
def _engine(home: Path) -> Iterator[tuple[psutil.Process, str]]:
    address = f"127.0.0.1:{launch.free_port(None)}"
    variables = launch.environment(home, [address], iam=False)
    process = psutil.Process(launch.spawn(variables, home / "engine.log"))
    try:
        _wait(f"http://{address}/_localemu/health")
        yield process, f"http://{address}"
    finally:
        family = [*process.children(recursive=True), process]
        process.terminate()
        psutil.wait_procs([process], timeout=10)
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()


def _wait(health: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(health, timeout=PATIENCE_SECONDS).ok:
                return
        time.sleep(PAUSE_SECONDS)
    raise TimeoutError(f"the engine did not answer in {PATIENCE_SECONDS} s")


def _deploy(built: Path, connection: Connection) -> float:
    s3 = boto3.client("s3", **connection)
    s3.create_bucket(
        Bucket=deployment.ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return cpu_seconds(
        [
            *(str(deployment.SAM), "deploy", "--template-file", str(built)),
            *("--stack-name", STACK, "--s3-bucket", deployment.ARTIFACTS),
            *("--capabilities", "CAPABILITY_NAMED_IAM"),
            *("--parameter-overrides", f"EnvironmentSuffix={SUFFIX}"),
        ],
        built.parent,
        {
            "AWS_ENDPOINT_URL": connection["endpoint_url"],
            "AWS_DEFAULT_REGION": connection["region_name"],
            "AWS_ACCESS_KEY_ID": connection["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": connection["aws_secret_access_key"],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": str(deployment.POLL_SECONDS),
        },
    )


def _post(connection: Connection) -> None:
    described = boto3.client("cloudformation", **connection).describe_stacks(StackName=STACK)
    outputs = {item["OutputKey"]: item["OutputValue"] for item in described["Stacks"][0]["Outputs"]}
    gateway = boto3.client("apigateway", **connection)
    key = gateway.get_api_key(apiKey=outputs["ApiKeyId"], includeValue=True)["value"]
    path = urlsplit(outputs["ApiEndpoint"]).path
    url = f"{connection['endpoint_url']}/_aws/execute-api/{outputs['ApiId']}{path}"
    requests.post(
        url, json=BODY, headers={"x-api-key": key}, timeout=PATIENCE_SECONDS
    ).raise_for_status()


def tree_cpu_seconds(root: psutil.Process) -> float:
    """Return the CPU time, so far, of a process and its descendants, the dead ones too."""
    return sum(sum(process.cpu_times()[:4]) for process in (root, *root.children(recursive=True)))
