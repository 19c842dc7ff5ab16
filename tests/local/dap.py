"""A client of the debug protocol, as in an editor.

https://microsoft.github.io/debug-adapter-protocol/specification
"""

import itertools
import json
import socket
from typing import Any

SECONDS = 60


class Debugger:
    """A connection to the debugger that listens on a port of loopback."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._received = self._socket.makefile("rb")
        self._numbers = itertools.count(1)
        self._events: list[dict[str, Any]] = []

    def attach(self, path: str, line: int) -> None:
        """Attach with one breakpoint."""
        self.ask("initialize", adapterID="tests", linesStartAt1=True, pathFormat="path")
        attached = self._send("attach", request="attach", justMyCode=True)
        self.event("initialized")
        self.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": line}])
        self.ask("configurationDone")
        self._response(attached)

    def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send a request, and return the body of its response."""
        return self._response(self._send(command, **arguments))

    def event(self, name: str) -> dict[str, Any]:
        """Return the body of the next event with this name."""
        while True:
            for event in self._events:
                if event["event"] == name:
                    self._events.remove(event)
                    body: dict[str, Any] = event.get("body", {})
                    return body
            self._events.append(self._message("event"))

    def top_frame(self, thread: int) -> dict[str, Any]:
        """Return the innermost frame of a thread that stopped."""
        frame: dict[str, Any] = self.ask("stackTrace", threadId=thread)["stackFrames"][0]
        return frame

    def close(self) -> None:
        """Leave, and let the process run."""
        try:
            self.ask("disconnect", terminateDebuggee=False)
        finally:
            self._received.close()
            self._socket.close()

    def _send(self, command: str, **arguments: object) -> int:
        number = next(self._numbers)
        request = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(request).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return number

    def _response(self, number: int) -> dict[str, Any]:
        while True:
            response = self._message("response")
            if response["request_seq"] == number:
                assert response["success"], response
                body: dict[str, Any] = response.get("body") or {}
                return body

    def _message(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind; keep the events before it."""
        while True:
            length = 0
            while header := self._received.readline().strip():
                length = int(header.rpartition(b":")[2])
            message: dict[str, Any] = json.loads(self._received.read(length))
            if message["type"] == kind:
                return message
            if message["type"] == "event":
                self._events.append(message)
