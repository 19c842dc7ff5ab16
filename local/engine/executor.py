"""The executor plug-in: each execution environment is a process, without Docker."""

import json
import os
import threading
from pathlib import Path
from typing import Any

from localemu import config
from localemu.runtime.events import infra_stopping
from localemu.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localemu.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from local.engine import invocations, reports
from local.engine.development import debugger_port, task_root, timeout_seconds
from local.engine.sandbox import Debugger, Sandbox, SandboxEvent

ENGINE_ONLY = ("LOCALEMU_", "EDGE_PORT", "AWS_LAMBDA_FUNCTION_TIMEOUT")
"""Variables that the engine sets for its own containers; Lambda sets none of them."""


def function_environment(
    version: FunctionVersion, offered: dict[str, Any], endpoint_url: str
) -> dict[str, str]:
    """Return the variables that Lambda sets and those that the function declares.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    declared = version.config.environment or {}
    environment = {
        **{name: str(value) for name, value in offered.items() if not name.startswith(ENGINE_ONLY)},
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{version.config.runtime}",
        "LAMBDA_TASK_ROOT": str(task_root(version)),
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        **declared,
    }
    # If declared but empty, boto3 would call the real AWS.
    environment["AWS_ENDPOINT_URL"] = declared.get("AWS_ENDPOINT_URL") or endpoint_url
    return environment


_debugged: dict[int, Sandbox] = {}
"""The only process of each debugged function, by its debugger's port."""
_debugged_lock = threading.Lock()


class ProcessExecutor(RuntimeExecutor):
    """One execution environment of a function version."""

    sandbox: Sandbox

    def start(self, env_vars: dict[str, Any]) -> None:
        """Start the function's process; a debugged function has one for all environments."""
        port = debugger_port(self.function_version)
        if port is None:
            self.sandbox = self._sandbox(env_vars)
            return
        with _debugged_lock:
            if port not in _debugged:
                debugger = Debugger(os.environ["LOCAL_DEBUGPY"], port)
                _debugged[port] = sandbox = self._sandbox(env_vars, debugger)
                threading.Thread(
                    target=sandbox.follow_code, args=[infra_stopping], daemon=True
                ).start()
            self.sandbox = _debugged[port]

    def _sandbox(self, env_vars: dict[str, Any], debugger: Debugger | None = None) -> Sandbox:
        return Sandbox(
            Path(os.environ["LOCAL_FUNCTIONS_PYTHON"]),
            task_root(self.function_version),
            function_environment(self.function_version, env_vars, self.get_runtime_endpoint()),
            reloads="LOCAL_SOURCE" in os.environ,
            debugger=debugger,
        )

    def stop(self) -> None:
        """Stop the function's process and delete its files."""
        if debugger_port(self.function_version) is None:
            self.sandbox.stop()

    def invoke(
        self, payload: dict[str, str], function_timeout: int | None = None
    ) -> InvocationResult:
        """Run one event and return its result, even if the process dies."""
        settings = self.function_version.config
        request_id = payload["invoke-id"]
        timeout = max(function_timeout or 0, timeout_seconds(self.function_version))
        sent = payload["payload"].encode()
        function = self.function_version.id.function_name
        invocation = invocations.invocation_of(function, request_id, sent)
        trace_id = invocation.traced(payload["trace-id"])
        event = SandboxEvent(request_id, payload["invoked-function-arn"], trace_id, sent)
        result = self.sandbox.invoke(event, timeout, invocation.started)
        error = reports.failure(result, request_id, timeout)
        body = result.payload
        if error:
            body = json.dumps({"errorType": error[0], "errorMessage": error[1]}).encode()
        is_error = result.kind != "result" or error is not None
        invocation.ended(result, body, is_error=is_error)
        return InvocationResult(
            request_id,
            body,
            is_error=is_error,
            logs=reports.platform_log(result, request_id, settings.memory_size, error),
        )

    def get_address(self) -> str:
        """Return the host of the execution environment."""
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        """Return the engine's host as functions see it."""
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        """Return the engine's address as functions see it."""
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}"

    def get_logs(self) -> str:
        """Return nothing; each result contains its own logs."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the function's code."""
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Keep the code, which the engine deletes with the function."""
