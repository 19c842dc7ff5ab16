"""A reader of the project's Markdown: links, anchors, code, each with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Found:
    """A piece of a document, and where it is."""

    where: str
    text: str

    def fault(self, sentence: str) -> str:
        """Say what is wrong with it."""
        return f"{self.where}: {self.text}: {sentence}"


@dataclass(frozen=True)
class Document:
    """A document in Markdown; its folder is what its links are relative to."""

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
        r"""Walk through the lines of code blocks; those that end in \ go on in the next."""
        for token in self.tokens:
            if token.type not in {"fence", "code_block"} or not token.map:
                continue
            number, begun = token.map[0] + (token.type == "fence"), ""
            first = number
            for line in token.content.splitlines():
                first = first if begun else number
                begun += line.removesuffix("\\")
                number += 1
                if not line.endswith("\\"):
                    yield self.found(first, begun.strip().removeprefix("$ "))
                    begun = ""

    def inline_code(self) -> Iterator[Found]:
        for line, token in self._inline():
            if token.type == "code_inline":
                yield self.found(line, token.content)


def documents() -> list[Document]:
    """Read every document of the project, and none of what is installed below it."""
    found = [
        path
        for path in sorted(ROOT.glob("**/*.md"))
        for folders in [path.relative_to(ROOT).parent.parts]
        if not any(name.startswith(".") or name == "node_modules" for name in folders)
    ]
    return [Document.read(path) for path in found]
