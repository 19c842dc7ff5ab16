"""The graph as a picture: deterministic bytes, readable on light and on dark pages."""

import drawsvg as draw

from diagram.layout import HEIGHT, WIDTH, Place, layout
from diagram.node_styles import NODE_STYLES
from diagram.routes import LINE, Point, Route, route
from diagram.wiring import Graph, Kind, Node

RADIUS = 10
BADGE = 38

STYLE = """
.paper { fill: #ffffff; stroke: #d8dee4 }
.box { fill: #f9fafb; stroke-width: 1.5 }
text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.service { font-size: 11px; fill: #57606a }
.name { font-size: 13px; font-weight: 600; fill: #1f2328 }
.label { font-size: 11.5px; fill: #424a53 }
.failed { fill: #c62828 }
.edge { fill: none; stroke-width: 1.8 }
.halo { fill: none; stroke: #ffffff; stroke-width: 7 }
.flow { stroke: #3d4752 }
.data { stroke: #1f6feb }
.failure { stroke: #d73a3a; stroke-dasharray: 6 4 }
.flow-head { fill: #3d4752 }
.data-head { fill: #1f6feb }
.failure-head { fill: #d73a3a }
.glyph { fill: none; stroke: #ffffff; stroke-width: 1.8; stroke-linecap: round }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117; stroke: #30363d }
.box { fill: #161b22 }
.service { fill: #9aa4af }
.name { fill: #e6edf3 }
.label { fill: #b7c0ca }
.failed { fill: #ff8a84 }
.halo { stroke: #0d1117 }
.flow { stroke: #aab4bf }
.data { stroke: #58a6ff }
.failure { stroke: #ff6b64 }
.flow-head { fill: #aab4bf }
.data-head { fill: #58a6ff }
.failure-head { fill: #ff6b64 }
}
"""

LEGEND = [
    (Kind.FLOW, "goes on"),
    (Kind.DATA, "reads, writes"),
    (Kind.FAILURE, "failed"),
]


def picture(graph: Graph, title: str) -> str:
    """Draw the graph."""
    places = layout(graph)
    canvas = draw.Drawing(places.width, places.height, id_prefix="arrow")
    canvas.append_title(title)
    canvas.append_css(STYLE)
    canvas.append(
        draw.Rectangle(0.5, 0.5, places.width - 1, places.height - 1, rx=12, class_="paper")
    )
    heads = {kind: _head(kind) for kind in Kind}
    # What failed lies below: where lines cross, the halo shows which goes on top.
    for edge in sorted(graph.edges, key=lambda edge: edge.kind is not Kind.FAILURE):
        way = route(edge, places)
        _draw_way(canvas, way.points, edge.kind, heads[edge.kind])
        _draw_label(canvas, way, edge.label, failed=edge.kind is Kind.FAILURE)
    for node in graph.nodes.values():
        _draw_node(canvas, node, places.places[node.title])
    _draw_legend(canvas, heads, max(place.y for place in places.places.values()))
    text: str = canvas.as_svg(header="", skip_js=True)
    return text + "\n"


def _head(kind: Kind) -> draw.Marker:
    head = draw.Marker(-0.1, -0.51, 0.9, 0.5, scale=7, orient="auto", id=f"head-{kind}")
    head.append(draw.Lines(-0.1, 0.45, -0.1, -0.45, 0.9, 0, close=True, class_=f"{kind}-head"))
    return head


def _draw_way(canvas: draw.Drawing, points: list[Point], kind: Kind, head: draw.Marker) -> None:
    # There is room for the arrow's head before the node.
    way = [*points[:-1], _towards(points[-1], points[-2], 9)]
    canvas.append(_path(way, class_="halo"))
    canvas.append(_path(way, class_=f"edge {kind}", marker_end=head))


def _path(points: list[Point], **attributes: object) -> draw.Path:
    path = draw.Path(**attributes)
    path.M(*points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path.L(*_towards(corner, before)).Q(*corner, *_towards(corner, after))
    path.L(*points[-1])
    return path


def _towards(corner: Point, other: Point, distance: float = RADIUS) -> Point:
    """Return the point at a distance from a corner; ways are upright or level."""
    (x, y), (other_x, other_y) = corner, other
    length = abs(other_x - x) + abs(other_y - y)
    share = min(distance / length, 0.5)
    return x + (other_x - x) * share, y + (other_y - y) * share


def _draw_label(canvas: draw.Drawing, way: Route, lines: tuple[str, ...], *, failed: bool) -> None:
    x, y = way.label
    for number, line in enumerate(lines):
        canvas.append(
            draw.Text(
                line,
                None,
                x,
                y + number * LINE,
                text_anchor=way.anchor,
                class_="label failed" if failed else "label",
            )
        )


def _draw_node(canvas: draw.Drawing, node: Node, place: Place) -> None:
    look = NODE_STYLES[node.type]
    canvas.append(
        draw.Rectangle(
            place.left, place.top, WIDTH, HEIGHT, rx=RADIUS, class_="box", stroke=look.color
        )
    )
    badge = place.top + 10
    canvas.append(draw.Rectangle(place.x - BADGE / 2, badge, BADGE, BADGE, rx=8, fill=look.color))
    scale = f"translate({place.x - 12},{badge + BADGE / 2 - 12})"
    canvas.append(draw.Path(d=look.glyph, transform=scale, class_="glyph"))
    for text, below, style in ((look.service, 64, "service"), (node.name, 83, "name")):
        canvas.append(
            draw.Text(text, None, place.x, place.top + below, text_anchor="middle", class_=style)
        )


def _draw_legend(canvas: draw.Drawing, heads: dict[Kind, draw.Marker], y: float) -> None:
    for number, (kind, text) in enumerate(LEGEND):
        level = y + (number - 1) * 24
        _draw_way(canvas, [(40, level), (96, level)], kind, heads[kind])
        canvas.append(draw.Text(text, None, 106, level + 4, class_="label"))
