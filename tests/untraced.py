"""The environment of a child that takes longer to trace than to run."""

import os


def environment() -> dict[str, str]:
    """Return the environment without coverage's variables, whose engines start in half the time."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
