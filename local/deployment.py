"""`sam build` and `sam deploy` of the pipeline's template, always as a new stack."""

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.launch import ROOT, clean_environment
from local.lifecycle import REGION, STATE, Engine
from ops.stack import Stack, session
from template.outputs import StackOutputs

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import OutputTypeDef, StackEventTypeDef

TEMPLATE = ROOT / "template.yaml"
BUILDS = STATE / "builds"
SAM = Path(sys.executable).with_name("sam")
ARTIFACTS = "sam-artifacts"
POLL_SECONDS = 0.2

FALLBACK = "was deployed as a fallback"


class DeploymentError(Exception):
    """The stack was not deployed; the message contains the reason."""


def deploy(
    engine: Engine, suffix: str = "local", template: Path = TEMPLATE, **parameters: str
) -> Stack:
    """Build the template and deploy it as a new stack, named after the suffix."""
    outputs = StackOutputs.read(deploy_template(engine, suffix, template, **parameters))
    path = urlsplit(outputs.api_endpoint).path
    gateway = session(engine.connection).client("apigateway", **engine.connection)
    return Stack(
        outputs=outputs,
        api_endpoint=f"{engine.endpoint_url}/_aws/execute-api/{outputs.api_id}{path}",
        api_key=gateway.get_api_key(apiKey=outputs.api_key_id, includeValue=True)["value"],
        connection=engine.connection,
        name=name_of(suffix),
        pid=engine.pid,
    )


def name_of(suffix: str) -> str:
    """Return the name of the local stack with this suffix."""
    return f"transactions-{suffix}"


def deploy_template(
    engine: Engine, suffix: str, template: Path, **parameters: str
) -> "Sequence[OutputTypeDef]":
    """Build any template, deploy it and return its outputs as in DescribeStacks."""
    stack_name = name_of(suffix)
    given = {"EnvironmentSuffix": suffix, **parameters}
    built = build(template)
    s3 = session(engine.connection).client("s3", **engine.connection)
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION})
    result = _sam(
        "deploy",
        *("--template-file", str(built), "--stack-name", stack_name),
        *("--s3-bucket", ARTIFACTS, "--capabilities", "CAPABILITY_NAMED_IAM"),
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in given.items()),
        *("--no-confirm-changeset", "--no-progressbar", "--on-failure", "DO_NOTHING"),
        environment={
            "AWS_ENDPOINT_URL": engine.connection["endpoint_url"],
            "AWS_DEFAULT_REGION": engine.connection["region_name"],
            "AWS_ACCESS_KEY_ID": engine.connection["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": engine.connection["aws_secret_access_key"],
            "SAM_CLI_POLL_DELAY": str(POLL_SECONDS),
        },
    )
    client = session(engine.connection).client("cloudformation", **engine.connection)
    events = client.describe_stack_events(StackName=stack_name)["StackEvents"]
    _check(stack_name, result, events)
    return client.describe_stacks(StackName=stack_name)["Stacks"][0].get("Outputs", [])


def build(template: Path) -> Path:
    """Build the template, unless the same sources were built before, and return its path."""
    target = BUILDS / _fingerprint(template)
    if not target.exists():
        BUILDS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILDS) as unfinished:
            folder = Path(unfinished) / "build"
            result = _sam(
                "build",
                *("--template-file", str(template), "--build-dir", str(folder), "--parallel"),
                environment={},
            )
            if result.returncode:
                raise DeploymentError(f"{template} was not built: {_last_line(result)}")
            try:
                folder.rename(target)
            except OSError:
                if not target.exists():  # another process has built the same sources meanwhile
                    raise
    return target / "template.yaml"


def _fingerprint(template: Path) -> str:
    digest = hashlib.sha256(template.read_bytes())
    sources = template.parent / "src"
    for source in sorted(sources.rglob("*.*")):
        if source.is_file() and "__pycache__" not in source.parts:
            digest.update(f"\0{source.relative_to(sources)}\0".encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _sam(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SAM, *arguments],
        env={
            **clean_environment(),
            "PATH": os.pathsep.join([str(SAM.parent), os.environ.get("PATH", os.defpath)]),
            "SAM_CLI_TELEMETRY": "0",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def _last_line(result: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    return lines[-1] if lines else f"sam exited with status {result.returncode}"


def _check(
    stack_name: str,
    result: subprocess.CompletedProcess[str],
    events: "Sequence[StackEventTypeDef]",
) -> None:
    if result.returncode:
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        reason = _last_line(result)
        if failed:
            cause = failed[-1]  # the oldest; the others follow from it
            reason = f"{cause['LogicalResourceId']}: {cause.get('ResourceStatusReason')}"
        raise DeploymentError(f"{stack_name} was not deployed: {reason}")
    pretended = {
        event["ResourceType"]
        for event in events
        if FALLBACK in event.get("ResourceStatusReason", "")
    }
    if pretended:
        raise DeploymentError(
            f"The engine only pretended to create {', '.join(sorted(pretended))}; "
            "add a resource provider"
        )
