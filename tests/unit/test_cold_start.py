"""What a function does before its first event, seen in an interpreter of its own.

mutmut's runs leave this file out: its mutants cannot be imported alone.
"""

import subprocess
import sys
from pathlib import Path

import validator


def test_the_validator_imports_nothing_that_lambdas_runtime_has_not_loaded() -> None:
    """Of the standard library that is json and re; typing alone would be 7 % of a cold start."""
    code = (
        "import __future__, json, re, sys; sys.path.insert(0, sys.argv[1]);"
        "before = {*sys.modules}; import validator; print(*sorted({*sys.modules} - before))"
    )
    folder = Path(str(validator.__file__)).parent
    command = [sys.executable, "-I", "-S", "-B", "-c", code, str(folder)]
    loaded = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert loaded == "currencies validator\n"
