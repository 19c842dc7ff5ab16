"""No schedule violates a claim, and each planted bug does; the commands run without a network."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from local.launch import ROOT
from tests.reliability.reliability_doc import write_simulation
from tests.simulation.bugs import BUGS
from tests.simulation.executions import FAULTS as KINDS
from tests.untraced import environment

TAPES = sorted(Path(__file__).with_name("tapes").glob("*.json"))
MORE = 10 if settings().max_examples > 100 else 1
HUNTS = {"stub": 5_000 * MORE, "botocore": 300 * MORE}
FAULTS = 2
HAPPENS = {
    *(kind for kind in KINDS if kind != "none"),
    *("once", "twice", "too old", "late arrival", "unsent", "exhausted", "FAILED replaced"),
    *("redrive in between", "audit in between", "shared request ID", "today", "released"),
}
"""What random schedules contain, each often."""

type Results = dict[str, dict[str, Any]]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )


def result(*arguments: str) -> dict[str, Any]:
    done = run(*arguments)
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> Iterator[Results]:
    """Collect the results; write them to the document if --write-report is given."""
    found: Results = {}
    yield found
    if request.config.getoption("--write-report") and {*HUNTS, "bugs", "exhaust"} <= found.keys():
        write_simulation(found)


@pytest.mark.parametrize("form", HUNTS)
def test_no_seed_violates_a_claim(form: str, results: Results) -> None:
    results[form] = result("hunt", str(HUNTS[form]), "--form", form)
    happened = results[form]["happened"]
    assert results[form]["schedules"] == HUNTS[form]
    assert happened.keys() == HAPPENS
    assert min(happened.values()) > 10


def test_no_schedule_of_two_deliveries_with_two_faults_violates_a_claim(results: Results) -> None:
    results["exhaust"] = result("exhaust", str(FAULTS))
    schedules = results["exhaust"]["schedules"]
    assert schedules.keys() == {"duplicate", "conflict"}
    assert min(schedules.values()) > 10_000


def test_each_planted_bug_violates_a_claim(results: Results) -> None:
    results["bugs"] = result("bugs")
    seeds = results["bugs"]["seeds"]
    assert seeds.keys() == BUGS.keys()
    assert [name for name, number in seeds.items() if number is None] == []


@pytest.fixture(scope="module")
def tapes() -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = result("tapes")["tapes"]
    return found


def test_no_tape_of_a_past_failure_violates_a_claim_again(
    tapes: dict[str, dict[str, str | None]],
) -> None:
    assert tapes.keys() == {file.stem for file in TAPES}
    assert {name: found["today"] for name, found in tapes.items()} == dict.fromkeys(tapes)


def test_each_tape_still_fails_on_the_code_that_it_was_found_with(
    tapes: dict[str, dict[str, str | None]],
) -> None:
    assert all(found["recorded"] for found in tapes.values())
    assert {name: found["then"] for name, found in tapes.items()} == {
        name: found["recorded"] for name, found in tapes.items()
    }


def test_a_failure_prints_its_story_and_the_command_that_replays_it() -> None:
    # The released processor takes a rejection of today's validator for a transaction.
    hunted = run("hunt", "500", "--old", "processor")
    *story, _, _, command = hunted.stdout.rstrip().split("\n")
    python, *arguments = shlex.split(command)[:1] + shlex.split(command)[3:]
    replayed = run(*arguments)

    assert hunted.returncode == 1
    assert story[0].startswith("seed ")
    assert story[1].startswith("accepted R1 of k1: transaction a, ")
    assert story[-1].startswith("VIOLATED: R")
    assert story[-1].endswith(" is RECORDED")
    assert python == "python"
    assert replayed.stdout.rstrip().split("\n") == [
        *story[1:-1],
        story[-1].removeprefix("VIOLATED: "),
    ]


def test_the_network_is_denied_before_the_handlers_are_imported() -> None:
    code = (
        "from tests.simulation.offline import go_offline; go_offline(); "
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')"
    )
    denied = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert denied.returncode == 1
    assert denied.stderr.rstrip().endswith("NetworkDenied: A simulation must not use the network.")
