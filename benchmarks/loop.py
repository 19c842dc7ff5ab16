"""The developer's loop: the second `make run`, until its first transaction is recorded.

The baseline is the bare engine: start it, `sam deploy`, POST one transaction.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import psutil
import requests

from benchmarks.benchmark import Benchmark, CannotMeasure, clean_environment, cpu_seconds
from local import deployment, lifecycle
from local.launch import ROOT
from ops.stack import Connection
from ops.transaction import a_body

DEPLOYED = "Deploying template.yaml"
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.02
SUFFIX = "bare"
STACK = deployment.name_of(SUFFIX)
BODY = a_body(transactionId="first", source="benchmark")


def _measure(repetitions: int) -> Iterator[tuple[str, float]]:
    if lifecycle.Engine.load():
        raise CannotMeasure("an engine is running already; stop it with: pipeline down")
    built = deployment.build(deployment.TEMPLATE)  # the second run finds it
    with tempfile.TemporaryDirectory() as home:
        _make_run()
        _bare_engine(built, Path(home))  # both fill their caches
        for _ in range(repetitions):
            for name, run in (
                ("make run", _make_run),
                ("bare engine", lambda: _bare_engine(built, Path(home))),
            ):
                wall, cpu = run()
                yield name, wall
                yield f"{name}: CPU", cpu


def _make_run() -> tuple[float, float]:
    """Return the seconds, wall and CPU, from the start of make to the first record."""
    begun = time.perf_counter()
    with subprocess.Popen(
        ["make", "run"],  # noqa: S607 # as a developer finds it, on the PATH
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            if line.startswith(DEPLOYED):
                break
        engine = lifecycle.Engine.load()
        if engine is None:
            raise AssertionError("make run started no engine")
        _first_record(engine.connection, "local")
        cost = time.perf_counter() - begun, tree_cpu_seconds(psutil.Process(process.pid))
        for _ in process.stdout or ():
            pass  # it follows all transactions to their end, and stops
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return cost


def _bare_engine(built: Path, home: Path) -> tuple[float, float]:
    """Return the seconds, wall and CPU, from the engine's start to the first record."""
    begun = time.perf_counter()
    with lifecycle.running(home) as engine:
        sam = _deploy(built, engine.connection)
        _post(engine.connection)
        _first_record(engine.connection, SUFFIX)
        wall = time.perf_counter() - begun
        return wall, tree_cpu_seconds(psutil.Process(engine.pid)) + sam


def _deploy(built: Path, connection: Connection) -> float:
    s3 = boto3.client("s3", **connection)
    s3.create_bucket(
        Bucket=deployment.ARTIFACTS,
        CreateBucketConfiguration={"LocationConstraint": lifecycle.REGION},
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


def _first_record(connection: Connection, suffix: str) -> None:
    dynamodb, table = boto3.client("dynamodb", **connection), f"transactions-{suffix}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not dynamodb.scan(TableName=table, Limit=1)["Items"]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{table} is empty after {PATIENCE_SECONDS} s")
        time.sleep(PAUSE_SECONDS)


def tree_cpu_seconds(root: psutil.Process) -> float:
    """Return the CPU time, so far, of a process and its descendants, the dead ones too."""
    return sum(sum(process.cpu_times()[:4]) for process in (root, *root.children(recursive=True)))


LOOP = Benchmark(
    "The second `make run`, from its start to the first recorded transaction",
    "s",
    "Wall clock, which a developer waits for, with the CPU time of all processes beside. "
    "Bare engine: LocalEmu with this project's plug-in (without one, its functions need Docker) "
    "started directly, `sam deploy` of the same built template, one POST; one after the other, "
    "roles not enforced, sam's polling as quick as in `make run` (0.2 s; sam's own is slower). "
    "`make run` enforces the roles, submits all of events/transactions.json and watches "
    "for notifications. Both reuse the build of the same template.",
    ("make run", "make run: CPU", "bare engine", "bare engine: CPU"),
    _measure,
)
