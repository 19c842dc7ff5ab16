"""docs/reliability.md says what the tests prove; timings apart, it may not be older than they."""

from tests.reliability.reliability_doc import SCENARIOS, read_faults

ACCOUNTS = ("recorded", "DUPLICATE", "CONFLICT", "dead-lettered")


def test_the_document_shows_every_scenario_as_it_is_injected() -> None:
    assert {row["scenario"]: row["injected"] for row in read_faults()} == SCENARIOS


def test_the_document_accounts_for_a_thousand_transactions_and_more() -> None:
    rows = read_faults()
    totals = {
        column: sum(int(row[column]) for row in rows)
        for column in ("transactions", *ACCOUNTS, "lost", "doubled")
    }
    assert (totals.pop("lost"), totals.pop("doubled")) == (0, 0)
    assert totals.pop("transactions") == sum(totals.values()) >= 1_000
    assert min(totals["DUPLICATE"], totals["CONFLICT"]) >= 50
