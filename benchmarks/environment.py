"""An execution environment of Lambda: one process of `python -m awslambdaric`."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from benchmarks.function import PYTHON, Function
from benchmarks.runtime_api import PATIENCE_SECONDS, HandlerFailed, RuntimeApi


@dataclass(frozen=True)
class Answer:
    """What a handler returned, and after how many seconds of waiting."""

    payload: Any
    seconds: float


class Environment:
    """One process of one function; closing it gives the CPU time that it used."""

    def __init__(self, function: Function, variables: Mapping[str, str]) -> None:
        """Begin the init phase, and wait for its end."""
        self._api = RuntimeApi()
        begun = time.perf_counter()
        with (function.folder / "output.log").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 # our own arguments
                [PYTHON, "-m", "awslambdaric", function.handler],
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

    def invoke(self, event: object) -> Answer:
        """Have one event handled, and wait until the environment asks for the next."""
        self._api.events.put(json.dumps(event).encode())
        body, seconds, failed = self._api.answers.get(timeout=PATIENCE_SECONDS)
        self._api.next_idle()
        if failed:
            raise HandlerFailed(body.decode())
        return Answer(json.loads(body), seconds)

    def close(self) -> float:
        """Kill the process; give the seconds of CPU, user and system, that it had used."""
        os.kill(self._process.pid, signal.SIGKILL)  # Popen's own would reap a dead one
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._api.close()
        return usage.ru_utime + usage.ru_stime

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
