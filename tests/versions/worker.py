"""The functions of one version, in a process of their own: events come in, results go out.

It runs as a script in the functions' interpreter, so it does not import this project. AWS is at the
other end of the pipe.
"""

import importlib
import sys
import time
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

from botocore.client import BaseClient

NOW = 1_767_225_700.0


class Worker:
    """The functions of one version."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe
        self._handlers: dict[str, Any] = {}

    def serve(self) -> None:
        """Run each event until the other end closes the pipe."""
        while True:
            try:
                handler, event = self._pipe.recv()
            except EOFError:
                return
            self._pipe.send(self._run(handler, event))

    def _run(self, handler: str, event: object) -> tuple[str, object, str]:
        try:
            return "result", self._handler(handler)(event, None), ""
        except Exception as error:
            return "error", type(error).__name__, str(error)

    def _handler(self, name: str) -> Any:
        if name not in self._handlers:
            module_name, _, function = name.rpartition(".")
            module = importlib.import_module(module_name)
            for client in vars(module).values():
                if isinstance(client, BaseClient):
                    events: Any = client.meta.events
                    events.register("provide-client-params", _keep_parameters)
                    events.register("before-call", self._answer)
            self._handlers[name] = getattr(module, function)
        return self._handlers[name]

    def _answer(
        self, model: Any, context: dict[str, Any], **_: object
    ) -> tuple[SimpleNamespace, dict[str, Any]]:
        """Ask the other end in place of AWS: botocore sends nothing if a handler answers."""
        self._pipe.send(("call", model.name, context["asked"]))
        status, answer = self._pipe.recv()
        return SimpleNamespace(status_code=status), answer


def _keep_parameters(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    context["asked"] = dict(params)  # botocore changes them afterwards


def main(source: str, pipe: str) -> None:
    """Serve the functions in a folder."""
    sys.path.insert(0, source)
    time.time = lambda: NOW  # outcomes expire at the same time in both versions
    Worker(Connection(int(pipe))).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
