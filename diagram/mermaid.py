"""The graph as a Mermaid flowchart."""

from diagram.layout import ordered
from diagram.node_styles import CLIENT, NODE_STYLES, QUEUE, STORES, SUBSCRIBER, TOPIC
from diagram.wiring import Edge, Graph, Kind, Node

# https://mermaid.js.org/syntax/flowchart.html#node-shapes
SHAPES = {
    **dict.fromkeys((CLIENT, SUBSCRIBER, TOPIC), ("([", "])")),
    **dict.fromkeys(STORES, ("[(", ")]")),
    QUEUE: ("[/", "/]"),
}
RECTANGLE = ("[", "]")
ARROWS = {
    Kind.FLOW: ("-->", '-- "{}" -->'),
    Kind.DATA: ("-->", '-- "{}" -->'),
    Kind.FAILURE: ("-.->", '-. "{}" .->'),
}
"""Without a label and with one."""


def flowchart(graph: Graph) -> str:
    """Write the flowchart from the client to the last subscriber."""
    order = ordered(graph)
    lines = ["flowchart LR"]
    lines += [f"    {_node(graph.nodes[title])}" for title in order]
    lines += [
        f"    {_edge(edge)}"
        for edge in sorted(graph.edges, key=lambda edge: order.index(edge.source))
    ]
    return "\n".join(lines)


def _node(node: Node) -> str:
    before, after = SHAPES.get(node.type, RECTANGLE)
    return f'{node.title}{before}"{NODE_STYLES[node.type].service}<br>{node.name}"{after}'


def _edge(edge: Edge) -> str:
    arrow = ARROWS[edge.kind][bool(edge.label)].format("<br>".join(edge.label))
    return f"{edge.source} {arrow} {edge.target}"
