"""What the folders and modules own, in the words of their own docstrings."""

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
    """List the folders of the repository."""
    packages = {path.parent.name: _claim(path) for path in ROOT.glob("[!.]*/__init__.py")}
    owned = sorted((NO_PACKAGES | packages).items())
    return table(["folder", "description"], ([code(f"{name}/"), what] for name, what in owned))


def modules() -> str:
    """List what makes the template, and what runs in it."""
    return table(["module", "description"], ([code(name), what] for name, what in _modules()))


def _modules() -> Iterator[tuple[str, str]]:
    template = ROOT / "template"
    first = [ROOT / "build_template.py", template / "__init__.py"]
    rest = [path for path in sorted(template.glob("*.py")) if path not in first]
    parts = sorted(template.glob("*/__init__.py"))
    for path in [*first, *rest, *parts, *sorted(ROOT.glob("src/*/*.py"))]:
        yield str(path.relative_to(ROOT)), _claim(path)


def _claim(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]
