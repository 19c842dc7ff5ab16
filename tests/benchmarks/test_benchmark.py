"""Variants are measured in turn; a command costs its own CPU time and that of its children."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from benchmarks.benchmark import CommandFailed, cpu_seconds, in_turn
from benchmarks.loop import tree_cpu_seconds

BUSY = "import time\nwhile time.process_time() < 0.2: pass"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}], check=True)"


def test_takes_samples_in_turn_after_warming_up() -> None:
    taken: list[str] = []

    def variant(name: str) -> float:
        taken.append(name)
        return float(len(taken))

    pairs = in_turn({"a": lambda: variant("a"), "b": lambda: variant("b")}, repetitions=2)
    assert list(pairs) == [("b", 3.0), ("a", 4.0), ("a", 5.0), ("b", 6.0)]
    assert taken == ["a", "b", "b", "a", "a", "b"]


def test_counts_the_children_of_a_command(tmp_path: Path) -> None:
    assert cpu_seconds([sys.executable, "-c", PARENT], tmp_path) > 0.2


def test_a_command_that_fails_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="exactly this"):
        cpu_seconds([sys.executable, "-c", "raise SystemExit('exactly this')"], tmp_path)


def test_a_tree_has_cost_what_the_dead_of_it_have_cost_too() -> None:
    before = tree_cpu_seconds(psutil.Process())
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert tree_cpu_seconds(psutil.Process()) - before >= 0.19  # counted in ticks of 10 ms
