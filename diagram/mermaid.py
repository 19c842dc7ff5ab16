"""The graph as a Mermaid flowchart."""

from diagram.graph import Edge, Graph, Kind, Node
from diagram.layout import ordered
from diagram.node_styles import BUCKET, CLIENT, NODE_STYLES, QUEUE, SUBSCRIBER, TABLE, TOPIC

# https://mermaid.js.org/syntax/flowchart.html#node-shapes
SHAPES = {
    CLIENT: ("([", "])"),
    SUBSCRIBER: ("([", "])"),
    TABLE: ("[(", ")]"),
    BUCKET: ("[(", ")]"),
    TOPIC: ("([", "])"),
    QUEUE: ("[/", "/]"),
}
RECTANGLE = ("[", "]")
SIMPLE_ARROW = {Kind.FLOW: "-->", Kind.DATA: "-->", Kind.FAILURE: "-.->"}
LABELLED_ARROW = {
    Kind.FLOW: '-- "{}" -->',
    Kind.DATA: '-- "{}" -->',
    Kind.FAILURE: '-. "{}" .->',
}


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
    arrow = SIMPLE_ARROW[edge.kind]
    if edge.label:
        arrow = LABELLED_ARROW[edge.kind].format("<br>".join(edge.label))
    return f"{edge.source} {arrow} {edge.target}"
