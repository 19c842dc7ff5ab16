"""docs/performance.md and its chart, written from results.json and notes.toml alone."""

import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from benchmarks.goals import GOALS, INIT, RUNTIME, Goal
from benchmarks.results import Data

DOCUMENT = Path("docs/performance.md")
CHART = Path("docs/performance/goals.svg")
LEFT, RIGHT = "---", "---:"
DIGITS = 3
NOT_COMPARED = ("calls", "durations", "edit", "loop")
STYLE: dict[RcKeyType, Any] = {
    "svg.hashsalt": "benchmarks",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}
WIDTH_INCHES = 7.5
ROW_INCHES = 0.3
FRAME_INCHES = 0.9
MET, MISSED = "#0b6e4f", "#b42318"

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


def files(data: Data, notes: Data) -> dict[Path, str]:
    """Return the content of both files."""
    return {DOCUMENT: _document(data, notes), CHART: _chart(data)}


def _document(data: Data, notes: Data) -> str:
    measured = data["benchmarks"]
    sections = [TITLE, _goals(data, notes["missed"]), METHOD + _platform(data)]
    in_order = dict.fromkeys([*(goal.benchmark for goal in GOALS), *measured])
    sections += [_benchmark(name, measured[name]) for name in in_order]
    sections += [_breakdown(data), _left_out(notes["left_out"])]
    return "\n".join(sections)


def _table(head: Mapping[str, str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), list(head.values()), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def number(value: float) -> str:
    """Return three significant digits, without an exponent."""
    if not value:
        return "0"
    decimals = DIGITS - 1 - math.floor(math.log10(abs(value)))
    return f"{value:,.{max(0, decimals)}f}"


def _count(value: float) -> str:
    return f"{value:g}"


def _goals(data: Data, reasons: Mapping[str, str]) -> str:
    head = {"what": LEFT, "against": LEFT, "goal": RIGHT, "measured": RIGHT}
    head |= {"middle half": RIGHT, "repetitions": RIGHT, "met": LEFT}
    text = "## Goals\n\n" + _table(head, (_row(goal, data) for goal in GOALS))
    text += f"\n![Measurements against the goals]({CHART.relative_to(DOCUMENT.parent)})\n"
    for goal in GOALS:
        if not goal.met(data):
            reason = reasons.get(goal.name, "no reason given")
            text += f"\nNot met, `{goal.name}` (≤ {goal.limit}): {reason}\n"
    return text


def _row(goal: Goal, data: Data) -> list[str]:
    found = goal.measured(data)
    write = number if goal.against else _count
    return [
        goal.what,
        goal.against or ("counted" if goal.name == "calls" else "measured alone"),
        f"≤ {goal.limit}",
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
    write = _count if benchmark["unit"] == "calls" else number
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
    return _table(head, ([variant, *row] for variant, row in rows.items()))


def _breakdown(data: Data) -> str:
    medians = {
        (name, variant): found["median"]
        for name, benchmark in data["benchmarks"].items()
        for variant, found in benchmark["variants"].items()
    }
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


def _left_out(experiments: Iterable[Mapping[str, str]]) -> str:
    head = {"what": LEFT, "result": LEFT, "why not": LEFT}
    rows = ([entry["what"], entry["result"], entry["why"]] for entry in experiments)
    return "## Tried and left out\n\n" + _table(head, rows)


def _chart(data: Data) -> str:
    rows = [(goal, goal.measured(data)) for goal in GOALS]
    with mpl.rc_context(STYLE):
        height = FRAME_INCHES + ROW_INCHES * len(rows)
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        axes = figure.subplots()
        axes.set_yticks(range(len(rows)), [f"{goal.name}: {goal.limit}" for goal, _ in rows])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(axis="x", linewidth=0.4, alpha=0.6)
        for row, (goal, found) in enumerate(rows):
            color = MET if goal.met(data) else MISSED
            spread = [found.lower / goal.at_most, found.upper / goal.at_most]
            axes.plot(spread, [row, row], color=color, linewidth=3, alpha=0.4)
            axes.plot(found.median / goal.at_most, row, "o", color=color)
        axes.axvline(1, color="black", linewidth=0.8)
        axes.set_xlim(left=0)
        axes.set_xlabel("measured / goal: left of 1 is met")
        return _svg(figure)


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
