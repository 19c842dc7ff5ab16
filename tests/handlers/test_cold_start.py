"""What a function does before its first event, seen in an interpreter of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import contract
from tests.handlers.aws_environment import aws_environment

SRC = Path(contract.__file__).parent
WITH_CLIENTS = ["processor.processor", "notifier.notifier"]
FACTS = """
import gc, json, logging, sys
sys.path.insert(0, {src!r})
runs = []
gc.callbacks.append(lambda *run: runs.append(run))
import {module}
print(json.dumps({{
    "collections": len(runs),
    "enabled": gc.isenabled(),
    "frozen": gc.get_freeze_count(),
    "boto3": "boto3" in sys.modules,
    "botocore logs": logging.getLevelName(logging.getLogger("botocore").level),
}}))
"""
# Of the standard library, what awslambdaric has loaded.
LOADED = """
import __future__, json, operator, re, sys
sys.path.insert(0, {src!r})
before = {{*sys.modules}}
import {module}
print(*sorted({{*sys.modules}} - before))
"""


def printed(code: str, module: str, *options: str) -> str:
    """Return what code prints in an interpreter that finds src/."""
    command = [sys.executable, *options, "-c", code.format(src=str(SRC), module=module)]
    with aws_environment():
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.mark.parametrize(
    ("module", "loaded"),
    [
        ("contract", "contract\n"),
        ("validator.validator", "contract logs validator validator.validator\n"),
    ],
)
def test_it_imports_nothing_that_lambdas_runtime_has_not_loaded(module: str, loaded: str) -> None:
    """Typing alone would be 7 % of a cold start."""
    assert printed(LOADED, module, "-I", "-S", "-B") == loaded


@pytest.fixture(scope="module", params=WITH_CLIENTS)
def facts(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return what is true after the import of a handler that has clients."""
    found: dict[str, Any] = json.loads(printed(FACTS, request.param))
    return found


def test_what_a_client_consists_of_is_never_searched_for_garbage(facts: dict[str, Any]) -> None:
    """The collector is off until the clients are made, and skips them when it is on."""
    assert facts["collections"] < 20
    assert facts["enabled"]
    assert facts["frozen"] > 10_000


def test_a_handler_with_clients_does_without_boto3(facts: dict[str, Any]) -> None:
    """It would be a tenth of a cold start."""
    assert not facts["boto3"]


def test_a_handler_has_botocore_log_warnings_only(facts: dict[str, Any]) -> None:
    """At INFO it would log its configuration."""
    assert facts["botocore logs"] == "WARNING"
