"""Writing the template: build_template.py against `cdk synth` of an equivalent stack."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.benchmark import (
    EVENTS,
    FOLDER,
    Benchmark,
    CannotMeasure,
    clean_environment,
    cpu_seconds,
    in_turn,
)
from benchmarks.staging import template_variables
from local.launch import ROOT
from template.api_models import request_model
from template.api_responses import gateway_responses
from template.pipeline import build_template
from template.settings import Settings
from template.topics import NEEDS_ATTENTION

CDK = FOLDER / "cdk"
QUIET = ("--quiet", "--no-notices")
CDK_TEMPLATE = "transactions-dev.template.json"
MADE_BY_SAM = {
    "AWS::Serverless::Api": (
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Stage",
    ),
    "AWS::Serverless::Function": ("AWS::Lambda::Function", "AWS::Lambda::EventInvokeConfig"),
}


def _measure(repetitions: int) -> Iterator[tuple[str, float]]:
    node = _node()
    cdk = str(CDK / "node_modules/aws-cdk/bin/cdk")
    variables = {
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "TRANSACTION_CONTRACT": json.dumps(contract()),
    }
    with tempfile.TemporaryDirectory() as folder:

        def build() -> float:
            output = str(Path(folder) / "template.yaml")
            return cpu_seconds([sys.executable, "build_template.py", "--output", output], ROOT)

        def synth() -> float:
            arguments = ("synth", "--app", "node stack.js", "--output", folder)
            return cpu_seconds([node, cdk, *arguments, *QUIET], CDK, variables)

        synth()
        synthesized = json.loads((Path(folder) / CDK_TEMPLATE).read_text(encoding="utf-8"))
        require_the_same_resources(kinds(_resources()), kinds(synthesized["Resources"]))
        yield from in_turn({"build_template.py": build, "cdk synth": synth}, repetitions)


def _node() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise CannotMeasure("Node.js is missing, which cdk needs")
    if not (CDK / "node_modules").exists():
        installed = subprocess.run(  # our own arguments
            [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=CDK,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if installed.returncode:
            raise CannotMeasure(f"npm could not install cdk: {installed.stderr.strip()}")
    return node


def contract() -> dict[str, Any]:
    """Return the facts about a transaction and the API that the CDK app needs."""
    document = _resources()["TransactionApi"]["Properties"]["DefinitionBody"]
    return {
        "requestModel": request_model(),
        "gatewayResponses": gateway_responses(),
        "paths": document["paths"],
        "needsAttention": NEEDS_ATTENTION,
        "variables": {name: template_variables(f"{name}.{name}.lambda_handler") for name in EVENTS},
    }


def require_the_same_resources(ours: Counter[str], cdk: Counter[str]) -> None:
    """Raise CannotMeasure unless both make as many of each kind that is in ours.

    Policies and the parts of an API are cut differently.
    """
    if different := [
        f"{kind} ({ours[kind]}, in cdk {cdk[kind]})" for kind in ours if ours[kind] != cdk[kind]
    ]:
        raise CannotMeasure(f"benchmarks/cdk is not equivalent: {', '.join(sorted(different))}")


def kinds(resources: Mapping[str, Any]) -> Counter[str]:
    """Count resources by type, alarms also by name: all that differs is what they watch."""
    counted: Counter[str] = Counter()
    for resource in resources.values():
        match resource:
            case {"Properties": {"AlarmName": {"Fn::Sub": name} | name}}:
                counted[f"alarm {name.replace('${EnvironmentSuffix}', 'dev')}"] += 1
            case {"Type": kind}:
                counted.update(MADE_BY_SAM.get(kind, (kind,)))
    return counted


def _resources() -> dict[str, Any]:
    resources: dict[str, Any] = build_template(Settings()).to_dict()["Resources"]
    return resources


TEMPLATE = Benchmark(
    "Writing the template",
    "s CPU",
    "User and system time of `python build_template.py` and of `cdk synth`, each with its "
    "children. The CDK app (benchmarks/cdk) is plain JavaScript, which needs no compiler, with the "
    "same tables, queues, functions, roles, alarms and API: the resources are compared.",
    ("build_template.py", "cdk synth"),
    _measure,
)
