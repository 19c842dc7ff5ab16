"""The chart of docs/performance.md: the same results produce the same bytes."""

import io
from typing import Any

import matplotlib as mpl
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
MET, MISSED = "#0b6e4f", "#b42318"


def goals_chart(data: Data) -> str:
    """Return the SVG that shows each result against its goal."""
    rows = [(goal, found) for goal in GOALS if (found := goal.measured(data))]
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
