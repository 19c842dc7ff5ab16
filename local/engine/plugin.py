"""The plug-in that the engine loads by entry point: patches, faults, denials, journal, executor."""

from collections.abc import Callable

from localemu.runtime import hooks
from localemu.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

from local.engine import (  # noqa: F401 # an import registers the module's patches
    access,
    api_requests,
    api_responses,
    development,
    faults,
    identifiers,
    journal,
    journal_events,
    lambda_patches,
    resources,
    speed,
)
from local.engine.executor import ProcessExecutor
from local.engine.patching import PATCHES, Untyped, patch


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Functions run as processes (LAMBDA_RUNTIME_EXECUTOR=process)."""

    name = "process"

    def load(self) -> type[ProcessExecutor]:
        """Return the executor's class."""
        return ProcessExecutor


@patch("localemu.runtime.server.hypercorn:HypercornRuntimeServer.shutdown")
def wake_to_stop(original: Callable[[Untyped], None], self: Untyped) -> None:
    """Wake the event loop, which otherwise sleeps on after a stop from another thread."""
    original(self)
    self.loop.call_soon_threadsafe(self.loop.stop)


@hooks.on_infra_start()
def load() -> None:
    """Patch the engine before it serves; a missing symbol stops the engine with an error."""
    for patch_ in PATCHES:
        patch_.apply()
    access.serve_denials()
    journal.serve()
    journal_events.watch_calls()
    faults.serve()
