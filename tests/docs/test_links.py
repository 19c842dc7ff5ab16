"""Every link leads somewhere, and every file that is mentioned is there."""

import pytest

from tests.docs.links import link_fault, path_fault
from tests.docs.reading import ROOT, Document, Found, documents

ALL = documents()
NAMES = [str(document.path.relative_to(ROOT)) for document in ALL]


def test_reads_the_documents_of_every_folder() -> None:
    assert {"README.md", "docs/architecture.md", "lint/README.md"} <= set(NAMES)


@pytest.mark.parametrize("document", ALL, ids=NAMES)
def test_every_link_leads_to_a_file_or_a_heading(document: Document) -> None:
    found = [fault for link in document.links() if (fault := link_fault(link, document))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("document", ALL, ids=NAMES)
def test_every_file_that_is_mentioned_exists(document: Document) -> None:
    found = [fault for code in document.inline_code() if (fault := path_fault(code))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[x](no.md)", "no.md: there is no docs/no.md"),
        ("![x](../no.svg)", "../no.svg: there is no no.svg"),
        ("[x](../../no.md)", "../../no.md: leads out of the repository"),
        ("| a |\n|---|\n| [x](#no) |", "#no: docs/x.md has no heading for it, only a-b-c, a-b-c-1"),
        ("[x](../lint/README.md#e9321)", "../lint/README.md#e9321: lint/README.md has no heading"),
        ('<img src="no.svg">', "no.svg: there is no docs/no.svg"),
        ('a <a href="no.md">b</a>', "no.md: there is no docs/no.md"),
        ("[x](http://example.org)", "http://example.org: is no https:// address"),
        ("[x](https://example)", "https://example: is no https:// address"),
    ],
)
def test_tells_where_a_link_is_wrong(text: str, sentence: str) -> None:
    document = Document(ROOT / "docs" / "x.md", f"# A `b`, c!\n\n## A b c\n\n{text}\n")
    (fault,) = [link_fault(link, document) for link in document.links()]
    assert fault is not None
    line = 5 + text.count("\n")
    assert fault.startswith(f"docs/x.md:{line}: {sentence}")


@pytest.mark.parametrize(
    "text",
    ["[x](#a-b-c-1)", "[x](../lint)", "[x](api.md#notifications)", "<https://example.org/a?b=c>"],
)
def test_is_content_with_a_link_that_leads_somewhere(text: str) -> None:
    document = Document(ROOT / "docs" / "x.md", f"# A b c\n\n## A b c\n\n{text}\n")
    assert [link_fault(link, document) for link in document.links()] == [None]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("template/none.py", "template holds no such file"),
        ("tests/none/test_a.py", "tests holds no such file"),
        ("events/*.yaml", "events holds no such file"),
    ],
)
def test_tells_which_file_is_missing(text: str, sentence: str) -> None:
    assert path_fault(Found("docs/x.md:1", text)) == f"docs/x.md:1: {text}: {sentence}"


@pytest.mark.parametrize(
    "text",
    [
        "template/policies.py",
        "events/*.json",
        "local/engine/",
        "transactions/a.json",
        "text/html",
        "docs/",
    ],
)
def test_is_content_with_files_that_exist_or_are_not_ours(text: str) -> None:
    assert path_fault(Found("docs/x.md:1", text)) is None
