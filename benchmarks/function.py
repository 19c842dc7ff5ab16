"""A function as Lambda has it: its handler, its folder, its environment variables."""

import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.runtime_api import TRACE
from local.launch import ROOT

PYTHON = ROOT / ".venv-benchmarks/bin/python"


@dataclass(frozen=True)
class Function:
    """A handler and the folder it lies in, as Lambda has it."""

    handler: str
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Give the environment variables that Lambda and the template set.

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
        }
