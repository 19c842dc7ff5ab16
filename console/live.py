"""Server-sent events: a part of a page, sent again whenever it looks different."""

import time
from collections.abc import Callable, Iterator

from flask import Response, render_template, stream_with_context

from console.console import Console
from console.errors import describe

SHORTEST_PAUSE_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0


def stream(console: Console, render: Callable[[], str]) -> Response:
    """Respond with a stream of what `render` returns, each time that it has changed."""

    def events() -> Iterator[str]:
        sent, sent_at, version = "", time.monotonic(), -1
        with console.watching():
            while not console.closing.is_set():
                part = _part(console, render)
                if part != sent:
                    yield _event(part)
                    sent, sent_at = part, time.monotonic()
                elif time.monotonic() - sent_at > HEARTBEAT_SECONDS:
                    yield ":\n\n"  # writing shows that the browser has left
                    sent_at = time.monotonic()
                console.closing.wait(SHORTEST_PAUSE_SECONDS)
                version = console.wait(version, console.refresh_seconds)

    return Response(stream_with_context(events()), mimetype="text/event-stream")


def _part(console: Console, render: Callable[[], str]) -> str:
    """Return the part, or a sentence about the error: the stream goes on."""
    try:
        return render()
    except Exception as error:  # noqa: BLE001 - as in Flask's own handler
        return render_template("_problem.html", sentence=describe(console, error)[1])


def _event(text: str) -> str:
    return "".join(f"data: {line}\n" for line in text.splitlines()) + "\n"
