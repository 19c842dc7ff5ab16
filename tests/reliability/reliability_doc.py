"""docs/reliability.md: sections, each written by the run that has its results."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from tests.simulation.versions import commit

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

SIMULATION = """\
The handlers of all stages and `pipeline redrive` ran in one process, with an AWS in memory, where
each decision comes from a seed: which execution goes on before each call, and which fault strikes.
No schedule violated a claim.

| schedules | clients | CPU time |
|---:|---|---:|
| {stub[schedules]:,} random | stubs | {stub[cpuSeconds]:.0f} s |
| {botocore[schedules]:,} random | botocore, whose requests are answered | \
{botocore[cpuSeconds]:.0f} s |
| {exhausted:,}: all of two deliveries with up to {exhaust[faults]} faults | stubs | \
{exhaust[cpuSeconds]:.0f} s |

- **Workload:** two to four requests that share transaction IDs, request IDs, keys and milliseconds.
  One of three amounts is rejected.
- **Faults:** a call is refused, throttled, or done without a response. A process is killed before a
  call, after a call, at its end, or while its call arrives any time later. A call is refused until
  the retries are exhausted. Lambda drops an event for its age, delivers an event twice, or fails to
  send a dead-letter message.
- **Meanwhile:** redrives, which are killed, too, and an audit. The validator of the released
  version runs beside the one of today. The released version is commit {released}, the last one
  without outcomes.
- **After each call:** no transaction is claimed or recorded twice, or recorded without its claim.
  Record and audit object are equal. An outcome replaces only a FAILED of the same key, and is
  stored before it is published. The processor returns what is stored.
- **At the end:** after a redrive without faults, each request has one state, its outcome says so,
  and exactly that state was published. If a dead-letter message was never sent, an audit reports
  the request unless its outcome is stored. Only the alarm
  [DeadLetterErrors](runbook.md#deadlettererrors) shows that a stored outcome is not published.

The enumeration begins with the processor. It leaves out schedules that only swap independent calls,
and those that reach a state that another schedule has reached.

The reverse mix of versions fails: a processor of the released version records a transaction that
the validator of today rejects. A deployment does not have this mix. CloudFormation updates the
processor first, because the validator's role names it. Before a rollback to the released version,
stop submissions and let the queues drain.

Each of these {bugs} bugs was planted and found:

| planted bug | seeds until found |
|---|---:|
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


def write_simulation(results: dict[str, dict[str, Any]]) -> None:
    """Write the section about the simulation."""
    seeds = results["bugs"]["seeds"]
    exhausted = sum(results["exhaust"]["schedules"].values())
    more = {"exhausted": exhausted, "bugs": len(seeds), "released": commit()[:7]}
    text = SIMULATION.format(**{**results, **more})
    rows = "".join(f"| {name} | {number} |\n" for name, number in seeds.items())
    write_section("Simulation", text + rows)


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
