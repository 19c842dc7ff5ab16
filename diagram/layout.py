"""Where each node stands: the flow from left to right, data above it, what goes wrong below."""

from collections.abc import Iterable
from dataclasses import dataclass

from diagram.node_styles import CLIENT, STORES
from diagram.wiring import Edge, Graph, Kind

ABOVE, MIDDLE, BELOW = range(3)

WIDTH, HEIGHT = 148, 98
MARGIN = 28
NARROWEST_GAP = 52
ROW_GAPS = (78, 84)
CHARACTER = 6.3
"""About how wide a character of a label is."""


@dataclass(frozen=True)
class Place:
    """A cell, and the middle of the node in it."""

    column: int
    row: int
    x: float = 0
    y: float = 0

    @property
    def left(self) -> float:
        """The x of the left side."""
        return self.x - WIDTH / 2

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + WIDTH / 2

    @property
    def top(self) -> float:
        """The y of the upper side."""
        return self.y - HEIGHT / 2

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.y + HEIGHT / 2


@dataclass(frozen=True)
class Layout:
    """The places by title, and the size of the whole."""

    places: dict[str, Place]
    width: float
    height: float


def layout(graph: Graph) -> Layout:
    """Give every node a cell of its own, and every column the room that its labels need."""
    cells = _cells(graph)
    columns = 1 + max(column for column, _ in cells.values())
    left = [MARGIN + WIDTH / 2]
    for column in range(columns - 1):
        left.append(left[-1] + WIDTH + _gap(graph, cells, column))
    top = [MARGIN + HEIGHT / 2]
    for gap in ROW_GAPS:
        top.append(top[-1] + HEIGHT + gap)
    return Layout(
        {
            title: Place(column, row, left[column], top[row])
            for title, (column, row) in cells.items()
        },
        left[-1] + WIDTH / 2 + MARGIN,
        top[-1] + HEIGHT / 2 + MARGIN,
    )


def _gap(graph: Graph, cells: dict[str, tuple[int, int]], column: int) -> float:
    widths = [
        len(line) * CHARACTER + 26
        for edge in graph.edges
        for line in edge.label
        if edge.kind is Kind.FLOW
        and (cells[edge.source][0], cells[edge.target][0]) == (column, column + 1)
    ]
    return max([NARROWEST_GAP, *widths])


def _cells(graph: Graph) -> dict[str, tuple[int, int]]:
    cells: dict[str, tuple[int, int]] = {}

    def place(title: str, column: int, row: int, step: int = 1) -> None:
        while (column, row) in cells.values():
            column += step
        cells[title] = (column, row)

    clients = [title for title, node in graph.nodes.items() if node.type == CLIENT]
    flow = [edge for edge in graph.edges if edge.kind is Kind.FLOW]
    for title, steps in sorted(_distances(clients, flow).items(), key=lambda item: item[1]):
        place(title, steps, MIDDLE)
    last = max(column for column, _ in cells.values())
    stores = [title for title, node in graph.nodes.items() if node.type in STORES]
    for title in stores:
        users = [edge.source for edge in graph.edges if edge.target == title]
        place(title, max(cells[user][0] for user in users), ABOVE)
    for edge in graph.edges:
        if edge.kind is Kind.FAILURE and edge.target not in cells:
            place(edge.target, cells[edge.source][0], BELOW)
    rest = [title for title in ordered(graph) if title not in cells]
    # Right of the queues, so that no arrow between them runs behind one.
    room = [column + len(rest) for column, row in cells.values() if row == BELOW]
    for title in reversed(rest):
        place(title, max([last, *room]), BELOW, step=-1)
    return cells


def ordered(graph: Graph) -> list[str]:
    """List the nodes so that each comes after those that its flow comes from."""
    edges = [edge for edge in graph.edges if edge.kind is not Kind.FAILURE or edge.label == ()]
    return sorted(graph.nodes, key=_distances(graph.nodes, edges).__getitem__)


def _distances(starts: Iterable[str], edges: list[Edge]) -> dict[str, int]:
    """Return the steps of the longest way to each node that can be reached from a start."""
    found = dict.fromkeys(starts, 0)
    for _ in edges:
        for edge in edges:
            if edge.source in found:
                found[edge.target] = max(found.get(edge.target, 0), found[edge.source] + 1)
    return found
