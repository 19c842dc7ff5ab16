"""The picture of a template: read as a graph, drawn as Mermaid and as SVG."""
