"""The engine's HTTP server."""

from collections.abc import Callable

from local.engine.patching import Patch, Untyped


def wake_to_stop(original: Callable[[Untyped], None]) -> Callable[[Untyped], None]:
    """Wake the event loop, which otherwise sleeps on after a stop from another thread."""

    def shutdown(self: Untyped) -> None:
        original(self)
        self.loop.call_soon_threadsafe(self.loop.stop)

    return shutdown


PATCHES = (
    Patch("localemu.runtime.server.hypercorn:HypercornRuntimeServer.shutdown", wake_to_stop),
)
