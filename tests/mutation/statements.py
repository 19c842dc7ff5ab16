"""Mutants of the statements outside functions: made by mutmut's operators, which leaves them out.

Run in the workspace. A mutated module is imported afresh: each mutant has a process of its own,
forked from one that has the libraries already.
"""

import difflib
import gc
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import libcst
import pytest
from mutmut.mutation.file_mutation import create_mutations

from tests.mutation.mutant import Mutant, change_in

HANDLERS = [f"tests/unit/test_{name}.py" for name in ("validator", "processor", "notifier")]
HANDLERS += [f"tests/unit/test_{name}.py" for name in ("events", "log", "clients", "cold_start")]
WIRING = ["tests/template/test_stages.py", "tests/template/test_storage.py"]
TESTS = {
    "currencies.py": ["tests/unit/test_currencies.py"],
    "validator.py": HANDLERS,
    "processor.py": HANDLERS,
    "notifier.py": HANDLERS,
    "cfn_lint_async_pipelines/concurrency.py": ["lint/tests/test_concurrency.py"],
    "template/policies.py": WIRING,
}
"""The tests that would notice."""

LIBRARIES = [
    "awacs.aws",
    "boto3",
    "botocore.stub",
    "cfn_flip",
    "flask",
    "hypothesis.strategies",
    "iso4217",
    "jsonschema",
    "samcli.local.apigw.event_constructor",
    "troposphere.serverless",
]
"""What takes long to import."""

OPTIONS = [
    "-x",
    "-q",
    "--tb=no",
    "--assert=plain",
    "-p",
    "pytest_timeout",
    "-p",
    "_hypothesis_pytestplugin",
    "-p",
    "no:cacheprovider",
    "--hypothesis-seed=0",
]
LONGEST = 60.0
_count = re.compile(r"(?<=[{,])\d+(?=[,}])")


def run(workspace: Path) -> list[Mutant]:
    """Try the mutants of all modules in the workspace."""
    found = []
    for name in TESTS:
        command = [sys.executable, "-m", __name__, name]
        lines = subprocess.run(
            command, check=True, cwd=workspace, stdout=subprocess.PIPE, text=True
        ).stdout.splitlines()
        found += [Mutant(**json.loads(line)) for line in lines]
        sys.stdout.write(f"{name}: {len(lines)} mutants outside functions\n")
    return found


def mutated(name: str, code: str) -> Iterator[str]:
    """Make the mutants: mutmut's, and one more for each count of a regular expression."""
    module, mutations, _, _ = create_mutations(name, code)
    for mutation in mutations:
        if mutation.contained_by_top_level_function is None:
            tree = module.deep_replace(mutation.original_node, mutation.mutated_node)
            assert isinstance(tree, libcst.Module)
            yield tree.code
    for line in re.finditer(r"^.*re\.compile\(.*$", code, re.MULTILINE):
        for count in _count.finditer(code, line.start(), line.end()):
            yield f"{code[: count.start()]}{int(count[0]) + 1}{code[count.end() :]}"


def noticed(tests: list[str]) -> bool:
    """Run tests in a process of their own; whatever ends them early has noticed something."""
    process = get_context("fork").Process(target=_run, args=(tests,))
    process.start()
    process.join(LONGEST)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode != pytest.ExitCode.OK


def _run(tests: list[str]) -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
        status = pytest.main([*OPTIONS, *tests])
    os._exit(status)


def mutants(name: str) -> Iterator[Mutant]:
    """Try each mutant of a module; its tests must pass without, and fail if it is broken."""
    path, tests = Path(name), TESTS[name]
    code = path.read_text(encoding="utf-8")
    module = name.removesuffix(".py").replace("/", ".")
    if noticed(tests):
        raise RuntimeError(f"{module}: a test fails without any mutant")
    try:
        path.write_text("raise AssertionError\n", encoding="utf-8")
        if not noticed(tests):
            raise RuntimeError(f"{module}: no test imports it")
        for mutant in mutated(name, code):
            path.write_text(mutant, encoding="utf-8")
            diff = difflib.unified_diff(code.splitlines(), mutant.splitlines(), n=0, lineterm="")
            killed = noticed(tests)
            yield Mutant(module, "", killed, "" if killed else change_in("\n".join(diff)))
    finally:
        path.write_text(code, encoding="utf-8")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    for mutant in mutants(sys.argv[1]):
        sys.stdout.write(json.dumps(asdict(mutant)) + "\n")
