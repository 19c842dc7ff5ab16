"""docs/performance.md and its plots, written from results.json and notes.toml alone."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.dominance import dominates
from benchmarks.goals import GOALS, Goal
from benchmarks.notes import Notes
from benchmarks.numbers import number
from benchmarks.plots import NOT_PLOTTED, plots
from benchmarks.results import Data
from local.launch import ROOT

DOCUMENT = Path("docs/performance.md")
PLOTS = Path("docs/performance")

TITLE = """\
# Performance

Written by `make bench`, which measures, and `python -m benchmarks report`, which writes this from
`benchmarks/results.json` and `benchmarks/notes.toml`; nothing in it is written by hand.
"""
METHOD = """\
## Method

Ratios are what counts; the times are those of one machine on one day. Variants are measured in
turn, A B A B, so that what disturbs the machine disturbs all of them; each is run once before, to
fill caches. A ratio is that of two samples of the same round; the table shows the median of these
ratios and, as their spread, the middle half of them. Times are CPU time, user and system, of the
process and its children, unless wall clock is said: other work on the machine counts less then.
All handlers, ours and the rivals (`benchmarks/rivals`), run under the same Python with the same
packages installed; a test holds the rivals to the same rules. Files are compiled beforehand.
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
    sections += [_benchmark(name, found) for name, found in data["benchmarks"].items()]
    sections += [dominates(data), _left_out(notes)]
    return "\n".join(section for section in sections if section)


def table(head: Iterable[str], rows: Iterable[Iterable[str]], others: str = "---:") -> str:
    """Write a table; all columns but the first are numbers, unless their alignment is given."""
    columns = list(head)
    alignment = ["---", *[others] * (len(columns) - 1)]
    lines = [columns, alignment, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _goals(data: Data, notes: Notes) -> str:
    head = ["what", "against", "goal", "measured", "middle half", "repetitions", "met"]
    text = "## Goals\n\n" + table(head, (_row(goal, data) for goal in GOALS))
    text += f"\n![Measured against the goals]({PLOTS.name}/goals.svg)\n"
    missed = [(goal, notes.missed.get(goal.name)) for goal in GOALS if not goal.met(data)]
    for goal, reason in missed:
        text += f"\nNot met, {goal.what} against {goal.against} ≤ {goal.limit}: {reason}\n"
    return text


def _row(goal: Goal, data: Data) -> list[str]:
    found = goal.measured(data)
    against, limit = goal.against or "counted", f"≤ {goal.limit}"
    if found is None:
        return [goal.what, against, limit, "not measured", "", "", "no"]
    return [
        goal.what,
        against,
        limit,
        number(found.median),
        f"{number(found.lower)} to {number(found.upper)}",
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
    variants = benchmark["variants"]
    first = next(iter(variants.values()))["median"]
    rows = (
        [
            variant,
            number(found["median"]),
            f"{number(found['lower'])} to {number(found['upper'])}",
            number(found["median"] / first) if first else "",
        ]
        for variant, found in variants.items()
    )
    text = (
        f"## {benchmark['title']}\n\n{benchmark['method']} "
        f"{benchmark['repetitions']} repetitions, {benchmark['measured']} "
        f"(`python -m benchmarks run {name}`).\n\n"
    )
    text += table(["", benchmark["unit"], "middle half", "to the first"], rows)
    if name not in NOT_PLOTTED:
        text += f"\n![{benchmark['title'].replace('`', '')}]({PLOTS.name}/{name}.svg)\n"
    return text


def _left_out(notes: Notes) -> str:
    if not notes.left_out:
        return ""
    rows = ([entry.what, entry.figure, entry.why] for entry in notes.left_out)
    return "## Tried and left out\n\n" + table(["what", "what it brought", "why not"], rows, "---")
