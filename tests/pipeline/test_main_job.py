"""`make run`: its output, its exit status, and no process left behind."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from local.launch import ROOT
from ops.transaction import a_body
from tests.untraced import environment

COMMAND = ["pipeline", "run"]
SECONDS = 240


def engines(home: Path) -> list[psutil.Process]:
    """Return the processes of an engine in this folder."""
    return [
        process
        for process in psutil.process_iter(["environ"])
        if str(home) in ((process.info["environ"] or {}).get("TMPDIR") or "")
    ]


def test_accounts_for_every_transaction_and_shuts_down(tmp_path: Path) -> None:
    result = subprocess.run(
        [*COMMAND, "--home", str(tmp_path)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    expected = [
        entry["expect"] for entry in json.loads((ROOT / "events/transactions.json").read_text())
    ]
    rows = re.findall(r"^  \S.*?  +(202|400) +([A-Z]+|400) ", result.stdout, re.MULTILINE)
    assert rows == [("400" if one == "400" else "202", one) for one in expected]
    assert re.search("^REJECTED: amount: has more than the ", result.stdout, re.MULTILINE)
    assert re.search("^400: The body must be JSON with ", result.stdout, re.MULTILINE)
    assert "nothing is unaccounted for." in result.stdout
    assert engines(tmp_path) == []


@pytest.mark.usefixtures("interruptible")
def test_serves_a_terminal_until_ctrl_c_and_reports_the_unexpected(tmp_path: Path) -> None:
    events = tmp_path / "transactions.json"
    events.write_text(json.dumps([{"expect": "DUPLICATE", "body": a_body(transactionId="a")}]))
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "--home", str(tmp_path), "--events", str(events)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=its_end,
        stderr=its_end,
    )
    os.close(its_end)
    screen = read_until(terminal, "Press Ctrl-C to stop")
    process.send_signal(signal.SIGINT)
    screen += read_until(terminal, "end as expected")
    assert process.wait(SECONDS) == 1
    os.close(terminal)
    assert "PROCESSED (expected DUPLICATE)" in screen
    assert "Error: Some transactions did not end as expected." in screen
    assert engines(tmp_path) == []


def read_until(terminal: int, text: str) -> str:
    deadline = time.monotonic() + SECONDS
    screen = ""
    while text not in screen:
        assert time.monotonic() < deadline, screen
        if select.select([terminal], [], [], 1)[0]:
            screen += os.read(terminal, 4_096).decode(errors="replace")
    return screen
