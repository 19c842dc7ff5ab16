"""What a function does before its first event, seen in an interpreter of its own.

mutmut's runs leave this file out: its mutants cannot be imported alone.
"""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import build_template
import validator
from tests.unit.conftest import aws_environment, notifier, processor


def printed(module: ModuleType, code: str, *options: str) -> str:
    """Run code beside a handler's modules."""
    folder = Path(str(module.__file__)).parent
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"
    command = [sys.executable, *options, "-c", code]
    with aws_environment():
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_the_validator_imports_nothing_that_lambdas_runtime_has_not_loaded() -> None:
    """Of the standard library that is json and re; typing alone would be 7 % of a cold start."""
    code = (
        "import __future__, json, re; before = {*sys.modules}; import validator;"
        "print(*sorted({*sys.modules} - before))"
    )
    assert printed(validator, code, "-I", "-S", "-B") == "currencies validator\n"


@pytest.mark.parametrize("handler", [processor, notifier])
def test_what_a_client_consists_of_is_never_looked_through_for_garbage(handler: ModuleType) -> None:
    """The collector is off until the clients are made, and leaves them out when it is on."""
    code = (
        f"import gc; runs = []; gc.callbacks.append(lambda *run: runs.append(run));"
        f"import {handler.__name__};"
        "print(len(runs) < 20, gc.isenabled(), gc.get_freeze_count() > 10_000)"
    )
    assert printed(handler, code) == "True True True\n"


def test_what_writing_the_template_has_loaded_is_not_looked_through_either() -> None:
    """The interpreter's last collection would be a sixth of the time."""
    code = "import build_template, gc; print(gc.isenabled(), gc.get_freeze_count() > 10_000)"
    assert printed(build_template, code) == "True True\n"


@pytest.mark.parametrize("handler", [processor, notifier])
def test_a_handler_with_clients_does_without_boto3(handler: ModuleType) -> None:
    """It would be a tenth of a cold start."""
    code = f"import {handler.__name__}; print('boto3' in sys.modules)"
    assert printed(handler, code) == "False\n"
