"""docs/performance.md and its plots, written from results.json and notes.toml alone."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.dominance import dominates
from benchmarks.goals import GOALS, Goal
from benchmarks.notes import Notes
from benchmarks.numbers import count, number
from benchmarks.plots import NOT_PLOTTED, plots
from benchmarks.results import Data
from local.launch import ROOT

DOCUMENT = Path("docs/performance.md")
PLOTS = Path("docs/performance")
LEFT, RIGHT = "---", "---:"
NOT_COMPARED = ("calls", "durations", "loop")

TITLE = """\
# Performance

Written by `make bench`, which measures, and `python -m benchmarks report`, which writes this from
`benchmarks/results.json` and `benchmarks/notes.toml`; nothing in it is written by hand.
"""
METHOD = """\
## Method

Ratios are what counts; the times are those of one machine on one day. Variants are measured in
turn, in an order of its own for each round, so that what disturbs the machine disturbs all of them;
each is run once before, to fill caches. A ratio is that of two samples of the same round; the table
shows the median of these ratios and, as their spread, the middle half of them. Times are CPU time,
user and system, of the process and its children, unless wall clock is said: other work on the
machine counts less then. In the goals of a cold processor and notifier the runtime's own start,
that of a no-op handler in the same round, is taken off both sides, unless the row says otherwise.
All handlers, ours and the rivals (`benchmarks/rivals`), run under the same Python with the same
packages installed; a test holds the rivals to the same rules. Files are compiled beforehand,
unless the row says otherwise. The goals of processor and notifier hold for the botocore that their
models are made of: under another one they read its own (row `botocore's models`).
"""


def files(data: Data, notes: Notes) -> dict[Path, str]:
    """Give the content of every file of the report."""
    drawn = {PLOTS / name: svg for name, svg in plots(data).items()}
    return {DOCUMENT: document(data, notes), **drawn}


def write(data: Data, notes: Notes, root: Path = ROOT) -> None:
    """Write the report, and remove plots that are no more."""
    (root / PLOTS).mkdir(parents=True, exist_ok=True)
    content = files(data, notes)
    for file in (root / PLOTS).glob("*.svg"):
        if file.relative_to(root) not in content:
            file.unlink()
    for path, text in content.items():
        (root / path).write_text(text, encoding="utf-8")


def document(data: Data, notes: Notes) -> str:
    """Write the document."""
    sections = [TITLE, _goals(data, notes), METHOD + _where(data)]
    sections += [_benchmark(name, data["benchmarks"][name]) for name in in_order(data)]
    sections += [dominates(data), _left_out(notes)]
    return "\n".join(section for section in sections if section)


def in_order(data: Data) -> list[str]:
    """Name what was measured, in the order of the goals."""
    wanted = dict.fromkeys([*(goal.benchmark for goal in GOALS), *data["benchmarks"]])
    return [name for name in wanted if name in data["benchmarks"]]


def table(head: Mapping[str, str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table, each column with its alignment."""
    lines = [list(head), list(head.values()), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _goals(data: Data, notes: Notes) -> str:
    head = {"what": LEFT, "against": LEFT, "goal": RIGHT, "measured": RIGHT}
    head |= {"middle half": RIGHT, "repetitions": RIGHT, "met": LEFT}
    text = "## Goals\n\n" + table(head, (_row(goal, data) for goal in GOALS))
    text += f"\n![Measured against the goals]({PLOTS.name}/goals.svg)\n"
    missed = [(goal, notes.missed.get(goal.name)) for goal in GOALS if not goal.met(data)]
    for goal, reason in missed:
        text += f"\nNot met, `{goal.name}` (≤ {goal.limit}): {reason or 'nobody has said why'}\n"
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


def _where(data: Data) -> str:
    measured = data["benchmarks"].values()
    machines = dict.fromkeys(one["machine"] for one in measured)
    versions = dict.fromkeys(
        f"{name} {version}" for one in measured for name, version in one["versions"].items()
    )
    return f"\nMachine: {'; '.join(machines)}. Versions: {', '.join(versions)}.\n"


def _benchmark(name: str, benchmark: Data) -> str:
    text = (
        f"## {benchmark['title']}\n\n{benchmark['method']} "
        f"{benchmark['repetitions']} repetitions, {benchmark['measured']} "
        f"(`python -m benchmarks run {name}`).\n\n{_medians(name, benchmark)}"
    )
    if name not in NOT_PLOTTED:
        text += f"\n![{benchmark['title'].replace('`', '')}]({PLOTS.name}/{name}.svg)\n"
    return text


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


def _left_out(notes: Notes) -> str:
    if not notes.left_out:
        return ""
    head = {"what": LEFT, "what it brought": LEFT, "why not": LEFT}
    rows = ([entry.what, entry.figure, entry.why] for entry in notes.left_out)
    return "## Tried and left out\n\n" + table(head, rows)
