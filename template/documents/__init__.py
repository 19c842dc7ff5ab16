"""The generated parts of the documents; cog writes them between their markers."""

import json
from functools import cache

from diagram import mermaid
from diagram.wiring import graph
from template.client_document import client_document
from template.documents import folders, reference, tables
from template.pipeline import build_template
from template.settings import Settings


def block(name: str) -> str:
    """Return a generated part, with the blank lines that Markdown wants around it."""
    return f"\n{_blocks()[name]}\n"


@cache
def _blocks() -> dict[str, str]:
    template = build_template(Settings())
    as_json = json.loads(template.to_json(sort_keys=False))
    return {
        "diagram": f"```mermaid\n{mermaid.flowchart(graph(as_json))}\n```",
        "parameters": tables.parameters(as_json),
        "outputs": tables.outputs(as_json),
        "resources": tables.resources(as_json),
        "settings": tables.settings(Settings()),
        "permissions": tables.permissions(as_json),
        "folders": folders.folders(),
        "modules": folders.modules(),
        "operations": reference.operations(client_document(template)),
    }
