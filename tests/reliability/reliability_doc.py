"""docs/reliability.md: sections, each written by the run that has its results."""

import re
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/reliability.md"
SCENARIOS = {
    "killed": "SIGKILL to the process of a random function, at random points",
    "killed-between": "PutItem delayed while SIGKILL ends every processor, between the audit "
    "write and the table write; then PutItem fails or succeeds late",
    "timeout": "function timeout of 1 s, while PutItem takes 2 s and still succeeds",
    "stores": "PutItem throttled, 500, 503; PutObject 500, 503, 409; HeadObject 503",
    "sns": "Publish throttled and 500, for some transactions until retries are exhausted",
    "table-denied": "IAM: a Deny of dynamodb:PutItem on the processor's role for the length of "
    "its retries, then removed; the redrive killed halfway, then run twice",
    "delivered-twice": "the same event invokes the validator twice, and then the processor",
    "same-instant": "the same ID three times at the same instant, once with another amount",
    "exhausted": "the processor's concurrency reduced to 1, so that events are queued",
    "updated": "the code of all three functions updated twice while transactions are in progress",
    "together": "kills, throttling, 500s, 503s, 409s, a denial, reduced concurrency and an "
    "update, all at once",
}
"""The scenarios, and how each fault is injected."""

FAULTS = """\
{total:,} transactions were accepted with 202 while faults were injected, with duplicates,
conflicts and invalid ones among them. The template is the one deployed to AWS, and its roles are
enforced. After each scenario and after all of them, every request had one state: RECORDED with its
audit object, DUPLICATE, CONFLICT or REJECTED, and the outcome that says so. Messages that a fault
had dead-lettered were redriven, and none was left. The time to reconcile runs from the last 202
until an audit found no discrepancy, redrive included.
"""

FINAL_STATES = ("RECORDED", "DUPLICATE", "CONFLICT", "REJECTED")
HEAD = (
    f"| scenario | injected | transactions | {' | '.join(FINAL_STATES)} "
    "| redriven | lost | multiple copies | time to reconcile |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)


class ScenarioResult(NamedTuple):
    """The result of a scenario, after its redrive."""

    scenario: str
    counts: list[int]
    seconds: float

    @property
    def row(self) -> str:
        """Return the result as a table row."""
        cells = [self.scenario, SCENARIOS[self.scenario], *map(str, self.counts)]
        return f"| {' | '.join(cells)} | {self.seconds:.1f} s |\n"


def write_faults(results: list[ScenarioResult]) -> None:
    """Write the section about faults."""
    total = sum(one.counts[0] for one in results)
    write_section(
        "Faults", f"{FAULTS.format(total=total)}\n{HEAD}{''.join(x.row for x in results)}"
    )


def read_faults() -> list[dict[str, str]]:
    """Return the rows of the table by column."""
    lines = [line for line in section("Faults").splitlines() if line.startswith("|")]
    columns, _, *rows = [line.strip("| ").split(" | ") for line in lines]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def section(title: str) -> str:
    """Return the text below a heading."""
    parts = re.split(r"^## (.+)\n\n", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title].rstrip("\n")


def write_section(title: str, text: str) -> None:
    """Replace the text below a heading."""
    old = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(old.replace(section(title), text.rstrip()), encoding="utf-8")
