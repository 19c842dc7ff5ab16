"""The engine's HTTP server."""

from collections.abc import Callable
from typing import Any

from local.engine.patching import Patch


def wake_to_stop(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """A loop that is told to stop by another thread sleeps on until something wakes it."""

    def shutdown(self: Any) -> None:
        original(self)
        self.loop.call_soon_threadsafe(self.loop.stop)

    return shutdown


PATCHES = (
    Patch("localemu.runtime.server.hypercorn:HypercornRuntimeServer.shutdown", wake_to_stop),
)
