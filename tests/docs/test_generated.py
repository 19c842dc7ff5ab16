"""Generated parts are current; `build_template.py --docs` checks or updates them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_template import main
from template.documents import blocks
from template.settings import Settings
from tests.docs.reading import ROOT


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["--docs", *arguments])


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the documents to work on."""
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("flag", ["--docs", "--diagram"])
def test_the_committed_documents_are_up_to_date(flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(main, [flag, "--check"])
    assert result.exit_code == 0, result.output
    documents = ["docs/architecture.svg", "README.md", "docs/api.md", "docs/reference.md"]
    assert set(documents) <= {
        line.removesuffix(" is up to date") for line in result.output.splitlines()
    }


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_fresh_process_writes_the_same_bytes(seed: str, copy: Path) -> None:
    (copy / "docs" / "architecture.svg").unlink()
    subprocess.run(
        [sys.executable, str(ROOT / "build_template.py"), "--docs"],
        check=True,
        env=os.environ | {"PYTHONHASHSEED": seed},
        stdout=subprocess.DEVNULL,
    )
    for path in (copy / "README.md", *(copy / "docs").glob("*.*")):
        assert path.read_bytes() == (ROOT / path.relative_to(copy)).read_bytes()


def test_a_stale_document_is_shown_and_updated_only_on_request(copy: Path) -> None:
    reference, picture = copy / "docs" / "reference.md", copy / "docs" / "architecture.svg"
    text = reference.read_text(encoding="utf-8")
    reference.write_text(
        text.replace(f"| `--memory` | `{Settings.memory:,}` |", "| `--memory` | `1` |"), "utf-8"
    )
    picture.unlink()
    checked = run("--check")
    assert checked.exit_code == 1
    assert "docs/architecture.svg is stale: run make docs" in checked.output.splitlines()
    assert "docs/reference.md is stale: run make docs" in checked.output.splitlines()
    assert "-| `--memory` | `1` | MB | 128 | 10,240 | memory of each function |" in checked.output
    assert not picture.exists()
    written = run()
    assert written.exit_code == 0
    assert "Wrote docs/reference.md" in written.output.splitlines()
    assert reference.read_text(encoding="utf-8") == text
    assert run("--check").exit_code == 0


def test_text_outside_of_markers_is_unchanged(copy: Path) -> None:
    (copy / "docs" / "api.md").write_text("By hand.\n", encoding="utf-8")
    assert "api.md" not in run().output
    assert (copy / "docs" / "api.md").read_text(encoding="utf-8") == "By hand.\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "<!-- generated: none -->\n<!-- end of none -->",
            "none is not a block; use one of one, two",
        ),
        ("<!-- generated: one -->\n", "the block one has no end; add <!-- end of one -->"),
        (
            (
                "<!-- generated: one -->\n"
                "<!-- generated: two -->\n<!-- end of two -->\n<!-- end of one -->"
            ),
            "the block one has no end; add <!-- end of one -->",
        ),
    ],
)
def test_invalid_markers_are_reported(text: str, sentence: str) -> None:
    with pytest.raises(blocks.MalformedBlocks) as raised:
        blocks.fill(text, {"one": "1", "two": "2"})
    assert str(raised.value) == sentence


def test_blocks_are_filled_and_the_rest_is_unchanged() -> None:
    text = (
        "a\n<!-- generated: one -->\nold\n<!-- end of one -->\nb\n"
        "<!-- generated: two -->\n<!-- end of two -->\n"
    )
    filled = blocks.fill(text, {"one": r"1\1", "two": "2"})
    assert filled == (
        "a\n<!-- generated: one -->\n\n1\\1\n\n<!-- end of one -->\nb\n"
        "<!-- generated: two -->\n\n2\n\n<!-- end of two -->\n"
    )
    assert blocks.fill(filled, {"one": r"1\1", "two": "2"}) == filled


def test_a_document_with_wrong_markers_is_named(copy: Path) -> None:
    (copy / "docs" / "api.md").write_text("<!-- generated: operations -->\n", encoding="utf-8")
    result = run()
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == (
        "Error: --docs: docs/api.md: the block operations has no end; "
        "add <!-- end of operations -->"
    )


def test_a_folder_without_documents_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run()
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == (
        "Error: --docs: [Errno 2] No such file or directory: 'README.md'"
    )


@pytest.mark.parametrize("flag", ["--openapi", "--output=x.yaml"])
def test_documents_are_written_in_place_alone(flag: str) -> None:
    result = run(flag)
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == "Error: --docs takes neither --openapi nor --output"
