"""Wait for something to become true, within a bound."""

import time
from collections.abc import Callable

PAUSE_SECONDS = 0.1


def eventually[T](condition: Callable[[], T], within_seconds: float = 100) -> T:
    """Give what `condition` gives once it is true; fail with what it gave last."""
    deadline = time.monotonic() + within_seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"After {within_seconds} s: {value!r}")
        time.sleep(PAUSE_SECONDS)
    return value
