"""codespell finds each word and each phrase that the glossary retired."""

import subprocess
from pathlib import Path

from tests.docs.reading import ROOT

WORDS = ROOT / "docs" / "retired-words.txt"


def test_each_retired_word_is_found(tmp_path: Path) -> None:
    retired = [line.partition("->")[0] for line in WORDS.read_text(encoding="utf-8").splitlines()]
    text = tmp_path / "text.md"
    text.write_text("".join(f"A {word} here.\n" for word in retired), encoding="utf-8")
    found = subprocess.run(
        ["codespell", text], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert [
        line.removeprefix(f"{text}:").partition(" ==> ")[0] for line in found.stdout.splitlines()
    ] == [f"{number}: {word}" for number, word in enumerate(retired, 1)]
