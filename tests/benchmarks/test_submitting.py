"""Submissions to an API on loopback that are killed: nothing accepted is lost, nothing is left."""

import json
import os
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.aws import serving
from benchmarks.submitting import Api, command, describe, measure, write_lines
from ops.submitter import PARALLEL
from tests.polling import eventually

LINES = 1_000
SECONDS = 120


def recorded(folder: Path) -> list[str]:
    """Return the IDs in the file of accepted requests, all of whose lines are complete."""
    text = (folder / "accepted.jsonl").read_text()
    assert text.endswith("\n")
    return [json.loads(line)["transaction"]["transactionId"] for line in text.splitlines()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_only_what_was_in_progress_is_submitted_twice(
    tmp_path: Path, number: signal.Signals
) -> None:
    write_lines(tmp_path / "orders.jsonl", LINES)
    with serving(Api()) as api:
        description = describe(api, tmp_path)
        process = subprocess.Popen(
            command(tmp_path, description), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        eventually(lambda: len(api.accepted) > LINES / 10)
        os.kill(process.pid, number)
        process.wait(SECONDS)
        first, listed = [*api.accepted], recorded(tmp_path)
        assert len(first) < LINES, "it ended before the signal"
        resumed = subprocess.run(
            command(tmp_path, description, "--resume", "--json"),
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )

    assert len(listed) == len({*listed})
    assert {*listed} <= {*first}
    twice = {name for name, times in Counter(api.accepted).items() if times > 1}
    assert {*first} - {*listed} <= twice  # the API may accept more after the process is dead
    assert twice.isdisjoint(listed)
    assert len(twice) <= (PARALLEL if number == signal.SIGKILL else 0)
    assert sorted(recorded(tmp_path)) == sorted(f"line-{n}" for n in range(LINES))
    assert json.loads(resumed.stdout)["acceptedBefore"] == len(listed)


def test_measures_memory_and_rate() -> None:
    one = measure(20)
    assert one.lines == 20
    assert 20 < one.memory < 1_000
    assert one.seconds > 0
