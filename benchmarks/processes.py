"""Runs commands and reads what they cost."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil


class CommandFailed(Exception):
    """A command that is measured did not succeed; its output is the message."""


def cpu_seconds(
    command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None
) -> float:
    """Run a command to its end; give the CPU time, user and system, of it and its children."""
    process = subprocess.Popen(  # noqa: S603 # our own arguments
        command,
        cwd=folder,
        env={**clean_environment(), **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)}: {output}")
    return usage.ru_utime + usage.ru_stime


def clean_environment() -> dict[str, str]:
    """Give this process's environment without what make adds for its children."""
    return {name: value for name, value in os.environ.items() if "MAKE" not in name}


def tree_cpu_seconds(root: psutil.Process) -> float:
    """Give the CPU time, so far, of a process and its descendants, the dead ones too."""
    return sum(sum(process.cpu_times()[:4]) for process in (root, *root.children(recursive=True)))
