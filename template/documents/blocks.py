"""Generated blocks in hand-written Markdown, each between two markers that name it."""

import re
from collections.abc import Mapping

_marker = re.compile(r"^<!-- generated: (\S+) -->$", re.MULTILINE)
_block = re.compile(
    r"^<!-- generated: (?P<name>\S+) -->\n(?:(?!<!-- generated).*\n)*?<!-- end of (?P=name) -->$",
    re.MULTILINE,
)


class MalformedBlocks(ValueError):
    """The markers of a document do not fit."""


def names(text: str) -> list[str]:
    """List the blocks that a document marks."""
    return _marker.findall(text)


def fill(text: str, contents: Mapping[str, str]) -> str:
    """Put the contents of each block between its markers, or raise MalformedBlocks."""
    whole = [found["name"] for found in _block.finditer(text)]
    for name in names(text):
        if name not in contents:
            raise MalformedBlocks(f"{name} is no block; there are {', '.join(contents)}")
        if name not in whole:
            raise MalformedBlocks(f"the block {name} has no end: <!-- end of {name} -->")
    return _block.sub(lambda found: _between(found["name"], contents[found["name"]]), text)


def _between(name: str, content: str) -> str:
    return f"<!-- generated: {name} -->\n\n{content}\n\n<!-- end of {name} -->"
