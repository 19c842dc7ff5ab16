"""docs/performance.md and its chart, written from results.json and notes.toml alone."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.goals import GOALS, INIT, RUNTIME, Goal
from benchmarks.goals_chart import goals_chart
from benchmarks.notes import Notes
from benchmarks.results import Data
from local.launch import ROOT

DOCUMENT = Path("docs/performance.md")
CHART = Path("docs/performance/goals.svg")
LEFT, RIGHT = "---", "---:"
DIGITS = 3
NOT_COMPARED = ("calls", "durations", "loop")

TITLE = """\
# Performance

`make bench` measures, and `python -m benchmarks report` writes this document from
`benchmarks/results.json` and `benchmarks/notes.toml`. Do not edit it by hand.
"""
METHOD = """\
## Method

Compare ratios: the times are those of one machine on one day. Each round measures the variants in
an order of its own, so that a disturbance reaches all of them. Each variant runs once before, to
fill caches. A ratio divides two samples of the same round. The table shows the median of these
ratios and the middle half as their spread. Unless a row says wall clock, times are CPU time, user
and system, of the process and its children: other work on the machine counts less then. The goals
for import and clients end before the first event, and subtract a no-op handler that ends there
too from both sides. All handlers, ours and the baselines (`benchmarks/baselines`), run under the
same Python with the same packages, and a test checks that they apply the same rules. Unless a row
says otherwise, files are compiled beforehand.

Lambda's own botocore changes when AWS sees fit. The newest botocore is that of
`requirements/benchmarks.txt`, the oldest that of `requirements/botocore-oldest.txt`.
"""


def files(data: Data, notes: Notes) -> dict[Path, str]:
    """Return the content of both files."""
    return {DOCUMENT: document(data, notes), CHART: goals_chart(data)}


def document(data: Data, notes: Notes) -> str:
    """Return the text of the document."""
    sections = [TITLE, _goals(data, notes), METHOD + _platform(data)]
    sections += [_benchmark(name, data["benchmarks"][name]) for name in in_order(data)]
    sections += [_breakdown(data), _left_out(notes)]
    return "\n".join(section for section in sections if section)


def in_order(data: Data) -> list[str]:
    """Return the names of the measured benchmarks, in the order of the goals."""
    wanted = dict.fromkeys([*(goal.benchmark for goal in GOALS), *data["benchmarks"]])
    return [name for name in wanted if name in data["benchmarks"]]


def table(head: Mapping[str, str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table, each column with its alignment."""
    lines = [list(head), list(head.values()), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def number(value: float) -> str:
    """Return three significant digits, without an exponent."""
    if not value:
        return "0"
    decimals = DIGITS - 1 - math.floor(math.log10(abs(value)))
    return f"{value:,.{max(0, decimals)}f}"


def count(value: float) -> str:
    """Return a count, without decimals unless it is a mean."""
    return f"{value:g}"


def _goals(data: Data, notes: Notes) -> str:
    head = {"what": LEFT, "against": LEFT, "goal": RIGHT, "measured": RIGHT}
    head |= {"middle half": RIGHT, "repetitions": RIGHT, "met": LEFT}
    text = "## Goals\n\n" + table(head, (_row(goal, data) for goal in GOALS))
    text += f"\n![Measurements against the goals]({CHART.relative_to(DOCUMENT.parent)})\n"
    missed = [(goal, notes.missed.get(goal.name)) for goal in GOALS if not goal.met(data)]
    for goal, reason in missed:
        text += f"\nNot met, `{goal.name}` (≤ {goal.limit}): {reason or 'no reason given'}\n"
    return text


def _row(goal: Goal, data: Data) -> list[str]:
    found = goal.measured(data)
    against, limit = goal.against or "counted", f"≤ {goal.limit}"
    if found is None:
        return [goal.what, against, limit, "-", "-", "-", "not measured"]
    write = number if goal.against else count
    return [
        goal.what,
        against,
        limit,
        write(found.median),
        f"{write(found.lower)} to {write(found.upper)}",
        str(data["benchmarks"][goal.benchmark]["repetitions"]),
        "yes" if goal.met(data) else "no",
    ]


def _platform(data: Data) -> str:
    measured = data["benchmarks"].values()
    machines = dict.fromkeys(one["machine"] for one in measured)
    versions: dict[str, dict[str, None]] = {}
    for one in measured:
        for name, version in one["versions"].items():
            versions.setdefault(name, {})[version] = None
    listed = (f"{name} {' and '.join(found)}" for name, found in versions.items())
    return f"\nMachine: {'; '.join(machines)}. Versions: {', '.join(listed)}.\n"


def _benchmark(name: str, benchmark: Data) -> str:
    return (
        f"## {benchmark['title']}\n\n{benchmark['method']} "
        f"{benchmark['repetitions']} repetitions, {benchmark['measured']} "
        f"(`python -m benchmarks run {name}`).\n\n{_medians(name, benchmark)}"
    )


def _medians(name: str, benchmark: Data) -> str:
    head = {"": LEFT, benchmark["unit"]: RIGHT, "middle half": RIGHT}
    write = count if benchmark["unit"] == "calls" else number
    variants = benchmark["variants"]
    rows = {
        variant: [write(found["median"]), f"{write(found['lower'])} to {write(found['upper'])}"]
        for variant, found in variants.items()
    }
    if name not in NOT_COMPARED:
        first = next(iter(variants))
        head[f"times {first}"] = RIGHT
        for variant, row in rows.items():
            row.append(number(variants[variant]["median"] / variants[first]["median"]))
    return table(head, ([variant, *row] for variant, row in rows.items()))


def _breakdown(data: Data) -> str:
    medians = {
        (name, variant): found["median"]
        for name, benchmark in data["benchmarks"].items()
        for variant, found in benchmark["variants"].items()
    }
    try:
        runtime, validator = (
            number(medians["validator-cold", variant]) for variant in (RUNTIME, "validator")
        )
        warm = number(medians["processor-warm", "processor"])
        good = number(medians["validate-good", "validator"])
        lines = [
            f"A cold validator takes {validator} ms, the runtime alone {runtime}.",
            *(_parts(medians, function) for function in ("processor", "notifier")),
            f"A warm transaction takes {warm} ms of CPU for the processor's two calls.",
            f"`validate` takes {good} µs for a good body.",
        ]
    except KeyError:  # not all of them were measured
        return ""
    return "## Where the time goes\n\n" + "".join(f"- {line}\n" for line in lines)


def _parts(medians: Mapping[tuple[str, str], float], function: str) -> str:
    runtime, ready, total = (
        medians[f"{function}-cold", variant]
        for variant in (f"{RUNTIME}{INIT}", f"{function}{INIT}", function)
    )
    return (
        f"A cold {function} takes {number(total)} ms: the runtime {number(runtime)}, imports and "
        f"clients {number(ready - runtime)}, the first event {number(total - ready)}."
    )


def _left_out(notes: Notes) -> str:
    if not notes.left_out:
        return ""
    head = {"what": LEFT, "result": LEFT, "why not": LEFT}
    rows = ([entry.what, entry.result, entry.why] for entry in notes.left_out)
    return "## Tried and left out\n\n" + table(head, rows)


def write(data: Data, notes: Notes, root: Path = ROOT) -> None:
    """Write both files."""
    for path, text in files(data, notes).items():
        (root / path).write_text(text, encoding="utf-8")
