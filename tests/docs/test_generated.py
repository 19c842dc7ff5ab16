"""Each generated part stands in its document as it would be written now."""

import re
from pathlib import Path

import pytest

from template.documents import block
from tests.docs.reading import documents

PARTS = [
    (name, document.path)
    for document in documents()
    for name in re.findall(r"cog print\(block\(\"(\w+)\"\)\)", document.path.read_text("utf-8"))
]


@pytest.mark.parametrize(("name", "path"), PARTS, ids=[name for name, _ in PARTS])
def test_a_generated_part_is_current(name: str, path: Path) -> None:
    assert f"]]] -->\n{block(name)}\n<!--" in path.read_text("utf-8"), "run make docs"
