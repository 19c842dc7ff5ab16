"""The bridge between mutmut 3.7 and pytest 9.2."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Set the attribute that mutmut reads a test's name from.

    mutmut 3.8 does without, but requires a click that aws-sam-cli does not allow.
    """
    for item in items:
        vars(item)["_nodeid"] = item.nodeid
