"""The tables of folders and modules, described by their docstrings."""

import ast
from collections.abc import Iterator
from pathlib import Path

from template.documents.tables import code, table

ROOT = Path(__file__).parents[2]

NO_PACKAGES = {
    "docs": "The documentation; most tables are generated.",
    "events": "One real event for each hop, named after the hop.",
    "lint": "Rules for cfn-lint, a distribution of their own: faults that deploy well.",
    "requirements": "The packages of each virtual environment, locked by hash.",
    "src": "The contract and one folder for each handler, on the standard library and boto3.",
}


def folders() -> str:
    """Return the table of the repository's folders."""
    packages = {path.parent.name: _summary(path) for path in ROOT.glob("[!.]*/__init__.py")}
    owned = sorted((NO_PACKAGES | packages).items())
    return table(["folder", "description"], ([code(f"{name}/"), what] for name, what in owned))


def modules() -> str:
    """Return the table of the template's modules and the handlers."""
    return table(["module", "description"], ([code(name), what] for name, what in _modules()))


def _modules() -> Iterator[tuple[str, str]]:
    template = ROOT / "template"
    first = [ROOT / "build_template.py", template / "__init__.py"]
    rest = [path for path in sorted(template.glob("*.py")) if path not in first]
    parts = sorted(template.glob("*/__init__.py"))
    for path in [*first, *rest, *parts, *sorted(ROOT.glob("src/*/*.py"))]:
        yield str(path.relative_to(ROOT)), _summary(path)


def _summary(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]
