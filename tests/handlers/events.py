"""The events in events/, one for each hop."""

import json
from pathlib import Path
from typing import Any

import pytest

EVENTS = Path(__file__).parents[2] / "events"


def read_event(name: str) -> Any:  # noqa: ANN401 - what JSON holds
    """Return an event."""
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def check_event(request: pytest.FixtureRequest, name: str, event: object) -> None:
    """Check that this event is the one in events/, or write it there with --write-events."""
    if request.config.getoption("--write-events", default=False):
        (EVENTS / name).write_text(json.dumps(event, indent=2) + "\n", encoding="utf-8")
    assert read_event(name) == event
