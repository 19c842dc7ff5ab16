"""The way of each edge: straight where it can be, else by a lane between the rows."""

from dataclasses import dataclass

from diagram.layout import MIDDLE, Layout, Place
from diagram.wiring import Edge, Kind

type Point = tuple[float, float]

PORT = 32
"""How far from the middle of a side an edge with a bend leaves."""
LANE_BELOW = 30
LANE_ABOVE = 32
LANES_APART = 8
LINE = 14


@dataclass(frozen=True)
class Route:
    """The points of a way, and where its label goes."""

    points: list[Point]
    label: Point
    anchor: str = "middle"


def route(edge: Edge, layout: Layout) -> Route:
    """Find the way of an edge."""
    start, end = layout.places[edge.source], layout.places[edge.target]
    if start.row == end.row:
        if edge.kind is Kind.FAILURE:
            return _below(start, end, layout)
        return _across(edge, start, end)
    if start.column == end.column:
        return _upright(start, end)
    if _free(start, end, layout):
        return _corner(edge, start, end)
    return _above(start, end)


def _across(edge: Edge, start: Place, end: Place) -> Route:
    lift = 8 + LINE * (len(edge.label) - 1)
    middle = (start.right + end.left) / 2
    return Route([(start.right, start.y), (end.left, start.y)], (middle, start.y - lift))


def _upright(start: Place, end: Place) -> Route:
    up = end.row < start.row
    first, last = (start.top, end.bottom) if up else (start.bottom, end.top)
    return Route([(start.x, first), (end.x, last)], (start.x - 8, end.bottom + 22), "end")


def _below(start: Place, end: Place, layout: Layout) -> Route:
    lane = start.bottom + LANE_BELOW
    first, last = start.x + PORT, end.x - PORT
    following = min(
        place.x
        for place in layout.places.values()
        if place.row == MIDDLE and place.column > start.column
    )
    return Route(
        [(first, start.bottom), (first, lane), (last, lane), (last, end.bottom)],
        ((first + following - PORT) / 2, lane + LINE + 2),
    )


def _free(start: Place, end: Place, layout: Layout) -> bool:
    between = range(start.column, end.column)
    return not any(
        place.row == end.row and place.column in between for place in layout.places.values()
    )


def _corner(edge: Edge, start: Place, end: Place) -> Route:
    lift = 8 + LINE * (len(edge.label) - 1)
    return Route(
        [(start.x, start.top), (start.x, end.y), (end.left, end.y)],
        ((start.x + end.left) / 2, end.y - lift),
    )


def _above(start: Place, end: Place) -> Route:
    # The further to the right it begins, the higher, so that it does not hide another one.
    lane = start.top - min(LANE_ABOVE, LANES_APART * (1 + start.column))
    first, last = start.x + PORT, end.x + PORT
    return Route(
        [(first, start.top), (first, lane), (last, lane), (last, end.bottom)],
        (last + 8, end.bottom + 22),
        "start",
    )
