"""The plots of docs/performance.md: the same samples give the same bytes."""

import io
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from benchmarks.goals import GOALS
from benchmarks.results import Data

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
OURS, OTHERS, MISSED = "#0b6e4f", "#6b7280", "#b42318"
NOT_PLOTTED = ("calls",)


def plots(data: Data) -> dict[str, str]:
    """Draw the goals, and the samples of each benchmark, each an SVG by the name of its file."""
    drawn = {"goals.svg": _goals(data)}
    for name, benchmark in data["benchmarks"].items():
        if name not in NOT_PLOTTED:
            drawn[f"{name}.svg"] = _samples(benchmark)
    return drawn


def _goals(data: Data) -> str:
    with mpl.rc_context(STYLE):
        rows = [(goal, found) for goal in GOALS if (found := goal.measured(data))]
        labels = [f"{goal.name}: {goal.limit}" for goal, _ in rows]
        figure, axes = _figure(labels)
        for row, (goal, found) in enumerate(rows):
            colour = OURS if goal.met(data) else MISSED
            spread = [found.lower / goal.at_most, found.upper / goal.at_most]
            axes.plot(spread, [row, row], color=colour, linewidth=3, alpha=0.4)
            axes.plot(found.median / goal.at_most, row, "o", color=colour)
        axes.axvline(1, color="black", linewidth=0.8)
        axes.set_xlim(left=0)
        axes.set_xlabel("measured / goal: left of 1 is met")
        return _svg(figure)


def _samples(benchmark: Data) -> str:
    with mpl.rc_context(STYLE):
        variants = benchmark["variants"]
        figure, axes = _figure(list(variants))
        for row, (name, variant) in enumerate(variants.items()):
            colour = OURS if name in benchmark["ours"] else OTHERS
            samples = variant["samples"]
            axes.plot(samples, [row] * len(samples), ".", color=colour, alpha=0.35)
            axes.plot(variant["median"], row, "|", color=colour, markersize=14, markeredgewidth=2)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"{benchmark['unit']}; a dot is a sample, the bar their median")
        return _svg(figure)


def _figure(labels: list[str]) -> tuple[Figure, Axes]:
    height = FRAME_INCHES + ROW_INCHES * len(labels)
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    axes = figure.subplots()
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    return figure, axes


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
