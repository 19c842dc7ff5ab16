"""An execution environment of Lambda: one process of `python -m awslambdaric`."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.benchmark import NEWEST, python_of
from benchmarks.runtime_api import PATIENCE_SECONDS, TRACE, HandlerFailed, RuntimeApi

PYTHON = python_of(NEWEST)


@dataclass(frozen=True)
class Function:
    """A handler, its folder, the variables that the template adds, and the interpreter."""

    handler: str
    folder: Path
    template_variables: Mapping[str, str] = field(default_factory=dict)
    python: Path = PYTHON

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
class TimedResult:
    """The result of a handler, and the seconds until it arrived."""

    payload: Any
    seconds: float


class ExecutionEnvironment:
    """One process of one function; closing it returns the CPU time that it used."""

    def __init__(self, function: Function, variables: Mapping[str, str]) -> None:
        """Begin the init phase, and wait for its end."""
        self._api = RuntimeApi()
        begun = time.perf_counter()
        with tempfile.TemporaryFile() as output:
            self._process = subprocess.Popen(  # noqa: S603 # our own arguments
                [function.python, "-m", "awslambdaric", function.handler],
                cwd=function.folder,
                env={**function.variables, **self._api.variables, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self.init_seconds = self._api.next_idle() - begun
        except BaseException:
            self.close()
            raise

    def invoke(self, event: object) -> TimedResult:
        """Send one event, and wait until the environment asks for the next."""
        self._api.events.put(json.dumps(event).encode())
        body, seconds, failed = self._api.results.get(timeout=PATIENCE_SECONDS)
        self._api.next_idle()
        if failed:
            raise HandlerFailed(body.decode())
        return TimedResult(json.loads(body), seconds)

    def close(self) -> float:
        """Kill the process; return the seconds of CPU, user and system, that it had used."""
        os.kill(self._process.pid, signal.SIGKILL)  # Popen's own would reap a dead one
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._api.close()
        return usage.ru_utime + usage.ru_stime

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
