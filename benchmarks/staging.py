"""Handlers in folders of their own, with the environment variables that Lambda sets."""

import compileall
import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.benchmark import BASELINES, EVENTS, NEWEST, SOURCE, python_of
from template.pipeline import build_template
from template.settings import Settings

PROCESSORS = {
    "plain boto3": "processor_boto3",
    "Powertools Idempotency": "processor_idempotency",
    "Powertools, all": "processor_powertools",
}
"""The baselines of the processor, by their names in the benchmarks."""
TRACE = "Root=1-69580000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"


@dataclass(frozen=True)
class Function:
    """A handler, its folder, its interpreter, and the variables that the template adds."""

    handler: str
    folder: Path
    python: Path
    template_variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that Lambda and the template set.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        name = self.handler.partition(".")[0]
        return {
            "_HANDLER": self.handler,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_DEFAULT_REGION": "ap-southeast-1",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
            "AWS_REGION": "ap-southeast-1",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_SESSION_TOKEN": "none",
            "_X_AMZN_TRACE_ID": TRACE,
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
            "DYNAMODB_TABLE": "transactions-dev",
            "HOME": str(self.folder),
            "LAMBDA_TASK_ROOT": str(self.folder),
            "LANG": "en_US.UTF-8",
            "OUTCOME_RETENTION_DAYS": str(Settings().outcome_retention),
            "OUTCOMES_TABLE": "outcomes-dev",
            "PATH": os.defpath,
            "POWERTOOLS_METRICS_NAMESPACE": "transactions",
            "POWERTOOLS_SERVICE_NAME": "transactions",
            "PYTHONDONTWRITEBYTECODE": "1",
            "S3_BUCKET": "audit-logs-dev-000000000000-ap-southeast-1",
            "SNS_TOPIC_ARN": "arn:aws:sns:ap-southeast-1:000000000000:transaction-events-dev",
            "TZ": ":UTC",
            **self.template_variables,
        }


@dataclass(frozen=True)
class StagedCode:
    """The folder of the copies, and the interpreter that runs them."""

    folder: Path
    python: Path

    def function(self, module: str, *, compiled: bool = True) -> Function:
        """Return a function of ours, or one of baselines/, which lie beside a copy of src/."""
        ours = module in EVENTS
        folder = self.folder / ("ours" if ours else "baselines")
        if not compiled:
            folder = folder.with_name(f"{folder.name}-source")
        if not folder.exists():
            for source in (SOURCE,) if ours else (SOURCE, BASELINES):
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder, ignore=ignored, dirs_exist_ok=True)
            if compiled:
                compileall.compile_dir(folder, quiet=2)
        if not ours:
            return Function(f"{module}.lambda_handler", folder, self.python)
        handler = f"{module}.{module}.lambda_handler"
        return Function(handler, folder, self.python, template_variables(handler))


@contextlib.contextmanager
def staged_code(venv: str = NEWEST) -> Iterator[StagedCode]:
    """Yield the handlers, which the packages of `venv` serve; remove the copies in the end."""
    with tempfile.TemporaryDirectory() as folder:
        yield StagedCode(Path(folder), python_of(venv))


@functools.cache
def template_variables(handler: str) -> Mapping[str, str]:
    """Return the plain texts among the environment variables of a handler in the template."""
    for resource in build_template(Settings()).to_dict()["Resources"].values():
        properties = resource.get("Properties", {})
        if properties.get("Handler") == handler:
            variables = properties.get("Environment", {}).get("Variables", {})
            return {name: value for name, value in variables.items() if isinstance(value, str)}
    raise LookupError(f"{handler}: no function of the template has this handler")
