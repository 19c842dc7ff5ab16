"""The CPU time of commands."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil


class CommandFailed(Exception):
    """A measured command failed; the message is its output."""


def cpu_seconds(
    command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None
) -> float:
    """Run a command to its end; return the CPU time, user and system, with its children."""
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
    """Return this process's environment variables without those that make adds."""
    return {name: value for name, value in os.environ.items() if "MAKE" not in name}


def tree_cpu_seconds(root: psutil.Process) -> float:
    """Return the CPU time, so far, of a process and its descendants, the dead ones too."""
    return sum(sum(process.cpu_times()[:4]) for process in (root, *root.children(recursive=True)))
