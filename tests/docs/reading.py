"""A reader of the project's Markdown: links, anchors and code, with line numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Found:
    """A part of a document, with its place."""

    where: str
    text: str

    def fault(self, sentence: str) -> str:
        """Return an error message with the place."""
        return f"{self.where}: {self.text}: {sentence}"


@dataclass(frozen=True)
class Document:
    """A Markdown document."""

    path: Path
    text: str

    @staticmethod
    def read(path: Path) -> "Document":
        return Document(path, path.read_text(encoding="utf-8"))

    @cached_property
    def tokens(self) -> list[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    def found(self, line: int, text: str) -> Found:
        return Found(f"{self.path.relative_to(ROOT)}:{line + 1}", text)

    def _inline(self) -> Iterator[tuple[int, Token]]:
        line = 0
        for token in self.tokens:
            if token.map:
                line = token.map[0]
            for child in token.children or []:
                yield line, child

    def code_lines(self) -> Iterator[Found]:
        r"""Yield the lines of code blocks, joined if they end in \."""
        for token in self.tokens:
            if token.type not in {"fence", "code_block"} or not token.map:
                continue
            number, pending = token.map[0] + (token.type == "fence"), ""
            first = number
            for line in token.content.splitlines():
                first = first if pending else number
                pending += line.removesuffix("\\")
                number += 1
                if not line.endswith("\\"):
                    yield self.found(first, pending.strip().removeprefix("$ "))
                    pending = ""

    def inline_code(self) -> Iterator[Found]:
        for line, token in self._inline():
            if token.type == "code_inline":
                yield self.found(line, token.content)


def documents() -> list[Document]:
    """Return the project's documents, without those of installed packages."""
    found = [
        path
        for path in sorted(ROOT.glob("**/*.md"))
        for folders in [path.relative_to(ROOT).parent.parts]
        if not any(name.startswith(".") or name == "node_modules" for name in folders)
    ]
    return [Document.read(path) for path in found]
