"""Hot reload and breakpoints: settings of `pipeline dev`, and what a debugged function is spared.

A debugged function has one process, which listens for a debugger, and runs each event once,
without a timeout.
"""

import copy
import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

from localemu.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localemu.services.lambda_.invocation.lambda_models import FunctionVersion, InitializationType

from local.engine.patching import Untyped, patch

INVOCATION = "localemu.services.lambda_.invocation"
WITHOUT_TIMEOUT_SECONDS = 43_000
"""Somewhat less than 12 hours, for which SQS hides a received event at most."""


def task_root(version: FunctionVersion) -> Path:
    """Return the folder of the function's code: LOCAL_SOURCE if the handler is there."""
    source, handler = os.environ.get("LOCAL_SOURCE"), version.config.handler or ""
    if source and Path(source, f"{handler.rpartition('.')[0].replace('.', '/')}.py").exists():
        return Path(source)
    deployed: Path = version.config.code.get_unzipped_code_location()
    return deployed


def debugger_port(version: FunctionVersion) -> int | None:
    """Return the port of the function's debugger, which LOCAL_DEBUG maps its stage to."""
    ports: dict[str, int] = json.loads(os.environ.get("LOCAL_DEBUG", "{}"))
    return ports.get((version.config.handler or "").partition(".")[0].replace("_", "-"))


def timeout_seconds(version: FunctionVersion) -> int:
    """Return the function's timeout; a breakpoint may hold an event for hours."""
    return WITHOUT_TIMEOUT_SECONDS if debugger_port(version) else int(version.config.timeout)


@patch(f"{INVOCATION}.version_manager:LambdaVersionManager.start")
def listen_before_first_event(original: Callable[[Untyped], Untyped], self: Untyped) -> Untyped:
    """Start the process of a debugged function with the engine, for a debugger to attach to."""
    state = original(self)
    if debugger_port(self.function_version):
        environment = ExecutionEnvironment(
            self.function_version, InitializationType.on_demand, lambda *_: None, self.id
        )
        environment.runtime_executor.start(environment.get_environment_variables())
    return state


@patch(f"{INVOCATION}.event_manager:Poller.handle_message")
def run_once(original: Callable[..., None], self: Untyped, message: Untyped) -> None:
    """Retry no event of a debugged function, without changing the stored configuration."""
    if debugger_port(self.version_manager.function_version):
        self = copy.copy(self)  # a view of the poller with other settings
        self.version_manager = copy.copy(self.version_manager)
        self.version_manager.function = function = copy.copy(self.version_manager.function)
        function.event_invoke_configs = {
            qualifier: dataclasses.replace(config, maximum_retry_attempts=0)
            for qualifier, config in function.event_invoke_configs.items()
        }
    original(self, message)
