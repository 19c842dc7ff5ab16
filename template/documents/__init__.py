"""The generated parts of the documents."""

import json
from pathlib import Path

from troposphere import Template

from diagram import mermaid, svg
from diagram.wiring import graph
from template.client_document import client_document
from template.documents import blocks, folders, reference, tables
from template.settings import Settings

DIAGRAM = Path("docs", "architecture.svg")


def documents(template: Template, root: Path) -> dict[Path, str]:
    """Return the content of every document under `root` with generated parts.

    Raises MalformedBlocks with the path of the document.
    """
    as_json = json.loads(template.to_json(sort_keys=False))
    pipeline = graph(as_json)
    contents = {
        "diagram": f"```mermaid\n{mermaid.flowchart(pipeline)}\n```",
        "parameters": tables.parameters(as_json),
        "outputs": tables.outputs(as_json),
        "resources": tables.resources(as_json),
        "settings": tables.settings(Settings()),
        "permissions": tables.permissions(as_json),
        "folders": folders.folders(),
        "modules": folders.modules(),
        "operations": reference.operations(client_document(template)),
    }
    found = {root / DIAGRAM: svg.picture(pipeline, as_json["Description"])}
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        if not blocks.names(text):
            continue
        try:
            found[path] = blocks.fill(text, contents)
        except blocks.MalformedBlocks as error:
            raise blocks.MalformedBlocks(f"{path}: {error}") from error
    return found
