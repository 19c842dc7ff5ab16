"""Mutants of the statements inside functions: mutmut makes and runs them."""

import subprocess
import sys
from pathlib import Path

from tests.mutation.mutant import Mutant, change_in

KILLED = ("killed", "timeout")


def run(workspace: Path, children: int) -> list[Mutant]:
    """Run mutmut in the workspace; it shows its progress."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children)]
    subprocess.run(command, check=True, cwd=workspace)
    lines = _mutmut(workspace, "results", "--all", "true").splitlines()
    return [_mutant(workspace, *line.strip().rsplit(": ", 1)) for line in lines]


def _mutant(workspace: Path, name: str, status: str) -> Mutant:
    if status == "not checked":
        raise RuntimeError(f"mutmut did not run {name}")
    module, _, mangled = name.rpartition(".")
    function = mangled.removeprefix("x_").partition("__mutmut_")[0]
    if status in KILLED:
        return Mutant(module, function, killed=True)
    change = change_in(_mutmut(workspace, "show", name))
    return Mutant(module, function, killed=False, change=change)


def _mutmut(workspace: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(
        command, check=True, cwd=workspace, stdout=subprocess.PIPE, text=True
    ).stdout
