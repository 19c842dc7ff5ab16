"""docs/reliability.md: sections, each written whole by the run that has its figures."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/reliability.md"
TITLE = "# Reliability\n\nWritten by `make reliability`; nothing in it is written by hand.\n"

SCENARIOS = {
    "killed": "SIGKILL to a function's process, any of the three, at random points",
    "killed-between": "the table's write held back while SIGKILL ends every processor: after the "
    "audit write, before the table write; then the held write fails, or arrives late",
    "timeout": "function timeout of 1 s, the table's write takes 2 s and still arrives",
    "table": "PutItem throttled, 500, 503",
    "s3": "PutObject 500, 503, 409; HeadObject 503",
    "sns": "Publish throttled and 500, for some transactions until the notifier gives up",
    "sns-denied": "IAM: a Deny of sns:Publish on the notifier's role, then healed",
    "table-denied": "IAM: a Deny of dynamodb:PutItem on the processor's role for the length of "
    "its retries, then healed; the redrive killed half-way, then run twice",
    "delivered-twice": "the same event invokes the validator twice, and the processor",
    "same-instant": "the same id three times at the same instant, one of them with another amount",
    "exhausted": "the processor's concurrency reduced to 1, so that events wait",
    "updated": "the code of all three functions updated in mid-flow, twice",
    "together": "kills, throttling, 500s, 503s, 409s, a denial, reduced concurrency and an "
    "update, all at once",
}
"""Each scenario, and how its fault is injected."""

FAULTS = """\
{total:,} transactions were accepted with 202 while faults were injected, with duplicates,
conflicts and wrong ones among them. The template is the one that goes to AWS; its roles are
enforced. After each scenario, and after all of them, every request had one account: recorded with
its audit object, DUPLICATE, CONFLICT, or one dead letter. Those that a fault had dead-lettered were
redriven; what is still dead-lettered is wrong for good. The time to balance is that from the last
202 until an audit found everything in its place, redrive included.
"""

HEAD = (
    "| scenario | injected | transactions | recorded | DUPLICATE | CONFLICT | dead-lettered "
    "| redriven | lost | doubled | time to balance |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)


@dataclass(frozen=True)
class Figures:
    """What a scenario showed; dead letters are those left after the redrive."""

    scenario: str
    transactions: int
    recorded: int
    duplicates: int
    conflicts: int
    dead_lettered: int
    redriven: int
    lost: int
    doubled: int
    seconds: float

    @property
    def row(self) -> str:
        """Make a row of the table."""
        counts = [
            self.transactions,
            self.recorded,
            self.duplicates,
            self.conflicts,
            self.dead_lettered,
            self.redriven,
            self.lost,
            self.doubled,
        ]
        cells = [self.scenario, SCENARIOS[self.scenario], *map(str, counts)]
        return f"| {' | '.join(cells)} | {self.seconds:.1f} s |\n"


def write_faults(figures: list[Figures]) -> None:
    """Write the section of the faults."""
    total = sum(one.transactions for one in figures)
    write_section(
        "Faults", f"{FAULTS.format(total=total)}\n{HEAD}{''.join(x.row for x in figures)}"
    )


def read_faults() -> list[dict[str, str]]:
    """Read the table back, each row by its columns."""
    lines = [line for line in section("Faults").splitlines() if line.startswith("|")]
    columns, _, *rows = [line.strip("| ").split(" | ") for line in lines]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def section(title: str) -> str:
    """Read what stands below a heading."""
    parts = re.split(r"^## (.+)\n\n", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title].rstrip("\n")


def write_section(title: str, text: str) -> None:
    """Replace what stands below a heading, or add it at the end."""
    old = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else TITLE
    head, *parts = re.split(r"^(?=## )", old, flags=re.MULTILINE)
    new = f"## {title}\n\n{text.rstrip()}\n\n"
    heading = new.splitlines()[0]
    if heading in (part.splitlines()[0] for part in parts):
        parts = [new if part.splitlines()[0] == heading else part for part in parts]
    else:
        parts.append(new)
    text = "\n\n".join(part.strip() for part in (head, *parts))
    DOCUMENT.write_text(f"{text}\n", encoding="utf-8")
