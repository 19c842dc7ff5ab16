"""The plug-in that the engine loads by entry point: patches, faults, denials, the executor."""

from localemu.runtime import hooks
from localemu.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

from local.engine import (
    access,
    api_access,
    api_requests,
    api_responses,
    api_usage,
    denials,
    faults,
    lambda_patches,
    numbers,
    resources,
    server,
    speed,
    updates,
)
from local.engine.executor import ProcessExecutor
from local.engine.patching import Patch

PATCHES: tuple[Patch, ...] = (
    *access.PATCHES,
    *api_access.PATCHES,
    *denials.PATCHES,
    *lambda_patches.PATCHES,
    *api_requests.PATCHES,
    *api_responses.PATCHES,
    *api_usage.PATCHES,
    *numbers.PATCHES,
    *resources.PATCHES,
    *server.PATCHES,
    *speed.PATCHES,
    *updates.PATCHES,
)


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Functions run as processes (LAMBDA_RUNTIME_EXECUTOR=process)."""

    name = "process"

    def load(self) -> type[ProcessExecutor]:
        """Give the engine the executor's class."""
        return ProcessExecutor


@hooks.on_infra_start()
def load() -> None:
    """Patch the engine before it serves; a symbol that is gone ends it with that as last words."""
    for patch in PATCHES:
        patch.apply()
    denials.serve()
    faults.serve()
