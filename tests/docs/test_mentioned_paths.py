"""Every file that a document mentions exists. `make lint` checks the links."""

import pytest

from tests.docs.mentioned_paths import path_fault
from tests.docs.reading import ROOT, Document, Found, documents

ALL = documents()
NAMES = [str(document.path.relative_to(ROOT)) for document in ALL]


def test_reads_the_documents_of_every_folder() -> None:
    assert {"README.md", "docs/architecture.md", "lint/README.md"} <= set(NAMES)


@pytest.mark.parametrize("document", ALL, ids=NAMES)
def test_every_file_that_is_mentioned_exists(document: Document) -> None:
    found = [fault for code in document.inline_code() if (fault := path_fault(code))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("template/none.py", "template holds no such file"),
        ("tests/none/test_a.py", "tests holds no such file"),
        ("events/*.yaml", "events holds no such file"),
    ],
)
def test_reports_missing_files(text: str, sentence: str) -> None:
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
def test_accepts_files_that_exist_or_are_not_ours(text: str) -> None:
    assert path_fault(Found("docs/x.md:1", text)) is None
