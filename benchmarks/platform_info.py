"""The class of the machine, and the versions that a measurement depends on."""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

import psutil

from benchmarks.benchmark import folder_of
from local.launch import ROOT

PACKAGES = {
    ".venv": ("aws-sam-cli", "troposphere"),
    ".venv-engine": ("localemu",),
}
HANDLERS_PACKAGES = (
    "awslambdaric",
    "boto3",
    "botocore",
    "aws-lambda-powertools",
    "pydantic",
    "msgspec",
    "fastjsonschema",
    "jsonschema",
)


def machine() -> str:
    """Return the class of this machine."""
    memory = psutil.virtual_memory().total / 2**30
    release = platform.release().split("-")[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {release}"
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.machine()
    lines = information.read_text(encoding="utf-8").splitlines()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())


def versions(venv: str) -> dict[str, str]:
    """Return the versions of the tools, and of the packages that the handlers in `venv` use."""
    installed = {
        package: found.version
        for folder, packages in {**PACKAGES, venv: HANDLERS_PACKAGES}.items()
        for package in packages
        for found in importlib.metadata.distributions(
            name=package,
            path=[str(path) for path in (ROOT / folder).glob("lib/*/site-packages")],
        )
    }
    return {"Python": platform.python_version(), **installed, **_node()}


def _node() -> dict[str, str]:
    node = shutil.which("node")
    if node is None:
        return {}
    printed = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    lock = json.loads((folder_of("cdk") / "package-lock.json").read_text(encoding="utf-8"))
    cdk = {
        name: lock["packages"][f"node_modules/{name}"]["version"]
        for name in ("aws-cdk", "aws-cdk-lib")
    }
    return {"Node.js": printed.stdout.strip().removeprefix("v"), **cdk}
