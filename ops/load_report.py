"""The report of a load as SVG or HTML; equal loads give equal bytes."""

import io
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ops.load_result import LoadResult, Series, backlog, latencies, sentences, summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLE: Any = {"svg.hashsalt": "load", "svg.fonttype": "none", "font.family": "sans-serif"}
POINTS = 400
"""Limit on the points of a line; more are not distinguishable."""

HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Load report</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { border-bottom: 1px solid #ccc; padding: .2rem .8rem; text-align: right; }
td:first-child, th:first-child { text-align: left; }
svg { max-width: 100%; height: auto; }
</style>
"""


def svg(load: LoadResult) -> str:
    """Return a drawing of counts, backlog and latencies over the seconds since the start."""
    return _drawing(load, "\n".join(sentences(load)))


def _drawing(load: LoadResult, title: str) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 10), layout="constrained")
        figure.suptitle(title, fontsize=10, ha="left", x=0.02)
        counts, unnotified, hops = figure.subplots(3, 1)
        for name, series in (
            ("accepted", load.accepted),
            *((stage, load.observed(stage)) for stage in load.stages[:-1]),
            ("notified", load.observed("notified")),
        ):
            _steps(counts, series, label=name)
        counts.set_ylabel("transactions")
        counts.legend(loc="upper left")
        _steps(unnotified, backlog(load), color="tab:red")
        unnotified.set_ylabel("accepted, not notified")
        unnotified.set_xlabel("seconds since the first was due")
        _bars(hops, latencies(load))
        written = io.StringIO()
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(written, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def html(load: LoadResult) -> str:
    """Return a self-contained HTML page."""
    drawing = _drawing(load, "")
    states = summary(load)["requests"]
    found = latencies(load)
    columns = next(iter(found.values()), {})
    return "".join(
        [
            HEAD,
            f"<h1>Load report: {escape(load.endpoint)}</h1>\n",
            *(f"<p>{escape(sentence)}</p>\n" for sentence in sentences(load)),
            drawing[drawing.index("<svg") :],
            "<h2>Latencies, in ms</h2>\n",
            _table([["", *columns], *([name, *hop.values()] for name, hop in found.items())]),
            "<h2>Accepted requests by state</h2>\n",
            _table([["state", "requests"], *states.items()]),
            "</html>\n",
        ]
    )


def _table(rows: Iterable[Iterable[object]]) -> str:
    head, *body = [[escape(f"{cell}") for cell in row] for row in rows]
    lines = ["".join(f"<th>{cell}</th>" for cell in head)]
    lines += ["".join(f"<td>{cell}</td>" for cell in row) for row in body]
    return f"<table>\n{''.join(f'<tr>{line}</tr>\n' for line in lines)}</table>\n"


def _steps(axes: "Axes", series: Series, **style: Any) -> None:
    drawn = [*series[:: len(series) // POINTS + 1], *series[-1:]]
    axes.step([time for time, _ in drawn], [count for _, count in drawn], where="post", **style)
    axes.grid(alpha=0.3)
    axes.set_ylim(bottom=0)


def _bars(axes: "Axes", found: dict[str, dict[str, float]]) -> None:
    names = list(reversed(found))
    for percentile, shade in (("max", 0.25), ("p99", 0.4), ("p90", 0.65), ("p50", 1.0)):
        widths = [found[name][percentile] for name in names]
        axes.barh(names, widths, color="tab:blue", alpha=shade, label=percentile)
    axes.set_xlabel("ms")
    axes.legend(loc="upper right")
