"""Writing the template: build_template.py against `cdk synth` of an equivalent stack."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.benchmark import (
    FOLDER,
    Benchmark,
    CannotMeasure,
    clean_environment,
    cpu_seconds,
    in_turn,
)
from benchmarks.staging import template_variables
from contract import FIELDS, RECORD
from local.launch import ROOT
from template.api_models import record_model, request_model
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
        kinds = (resource["Type"] for resource in synthesized["Resources"].values())
        require_the_same_resources(_made_by_us(), Counter(kinds))
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
    """Return the facts about a transaction that the CDK app needs."""
    identifier = FIELDS["transactionId"]
    return {
        "requestModel": request_model(),
        "recordModel": record_model(),
        "storedAs": {name: field.stored_as for name, field in RECORD.items()},
        "idCharacters": identifier.characters,
        "idLength": identifier.schema["maxLength"],
        "needsAttention": NEEDS_ATTENTION,
        "processorVariables": template_variables("processor.processor.lambda_handler"),
    }


def require_the_same_resources(ours: Counter[str], cdk: Counter[str]) -> None:
    """Raise CannotMeasure unless both make as many of each type that is in ours.

    Policies and the parts of an API are cut differently.
    """
    if different := [
        f"{kind} ({ours[kind]}, in cdk {cdk[kind]})" for kind in ours if ours[kind] != cdk[kind]
    ]:
        raise CannotMeasure(f"benchmarks/cdk is not equivalent: {', '.join(sorted(different))}")


def _made_by_us() -> Counter[str]:
    counted: Counter[str] = Counter()
    for resource in build_template(Settings()).to_dict()["Resources"].values():
        counted.update(MADE_BY_SAM.get(resource["Type"], (resource["Type"],)))
    return counted


TEMPLATE = Benchmark(
    "Writing the template",
    "s CPU",
    "User and system time of `python build_template.py` and of `cdk synth`, each with its "
    "children. The CDK app (benchmarks/cdk) is plain JavaScript, which needs no compiler, with the "
    "same tables, queues, functions, roles, alarms and API: the resources are compared.",
    ("build_template.py", "cdk synth"),
    _measure,
)
