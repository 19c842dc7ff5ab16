"""The generated blocks in Markdown documents, each between two named markers."""

import re
from collections.abc import Mapping

_marker = re.compile(r"^<!-- generated: (\S+) -->$", re.MULTILINE)
_block = re.compile(
    r"^<!-- generated: (?P<name>\S+) -->\n(?:(?!<!-- generated).*\n)*?<!-- end of (?P=name) -->$",
    re.MULTILINE,
)


class MalformedBlocks(ValueError):
    """The markers of a document are invalid."""


def names(text: str) -> list[str]:
    """Return the names of the blocks in a document."""
    return _marker.findall(text)


def fill(text: str, contents: Mapping[str, str]) -> str:
    """Return the text with the contents of its blocks; raises MalformedBlocks."""
    whole = [found["name"] for found in _block.finditer(text)]
    for name in names(text):
        if name not in contents:
            raise MalformedBlocks(f"{name} is not a block; use one of {', '.join(contents)}")
        if name not in whole:
            raise MalformedBlocks(f"the block {name} has no end; add <!-- end of {name} -->")
    return _block.sub(lambda found: _between(found["name"], contents[found["name"]]), text)


def _between(name: str, content: str) -> str:
    return f"<!-- generated: {name} -->\n\n{content}\n\n<!-- end of {name} -->"
