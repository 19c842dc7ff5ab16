"""docs/reliability.md matches the tests, except for timings."""

import re

from tests.reliability.reliability_doc import FINAL_STATES, SCENARIOS, read_faults, section
from tests.simulation.bugs import BUGS


def test_the_document_shows_every_scenario_as_it_is_injected() -> None:
    assert {row["scenario"]: row["injected"] for row in read_faults()} == SCENARIOS


def test_the_document_shows_every_planted_bug_and_that_it_was_found() -> None:
    rows = re.findall(r"^\| (.+) \| (\d+) \|$", section("Simulation"), re.MULTILINE)
    assert [name for name, _ in rows] == list(BUGS)
    assert len(rows) >= 15


def test_the_document_accounts_for_a_thousand_transactions_and_more() -> None:
    rows = read_faults()
    totals = {
        column: sum(int(row[column]) for row in rows)
        for column in ("transactions", *FINAL_STATES, "lost", "multiple copies")
    }
    assert (totals.pop("lost"), totals.pop("multiple copies")) == (0, 0)
    assert totals.pop("transactions") == sum(totals.values()) >= 1_000
    assert min(totals["DUPLICATE"], totals["CONFLICT"]) >= 50
