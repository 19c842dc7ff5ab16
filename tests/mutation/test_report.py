"""The judgement of a mutation run: what fails it, and what docs/mutants.md then says."""

import re

from tests.mutation.mutant import Mutant, change_in
from tests.mutation.report import document, explanations, key, problems
from tests.mutation.workspace import ROOT

CHANGE = "- return a\n+ return b"


def killed(count: int) -> list[Mutant]:
    return [Mutant("validator", "fault", killed=True)] * count


def survivor(function: str = "fault") -> Mutant:
    return Mutant("validator", function, killed=False, change=CHANGE)


def test_a_change_is_its_lines_without_their_place() -> None:
    diff = "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n def f():\n-    return a\n+    return b\n\n"
    assert change_in(diff) == CHANGE


def test_an_explained_survivor_passes() -> None:
    one = survivor()
    assert problems([*killed(19), one], {key(one): "Equal."}) == []


def test_too_many_survivors_of_a_module_fail_even_if_explained() -> None:
    one = survivor()
    others = [Mutant("processor", "record", killed=True)] * 99
    assert problems([*others, *killed(18), one], {key(one): "Equal."}) == [
        "94.7 % of the mutants of validator are killed, not 95 %"
    ]


def test_a_survivor_without_explanation_fails() -> None:
    assert problems([*killed(99), survivor("")], {}) == [
        f"survives without explanation: validator, outside functions\n{CHANGE}"
    ]


def test_an_explanation_without_survivor_fails() -> None:
    assert problems(killed(1), {key(survivor()): "Equal."}) == [
        f"explained, but killed or gone: validator, fault\n{CHANGE}"
    ]


def test_the_document_counts_by_module_and_explains_each_survivor() -> None:
    one = survivor()
    lines = document([*killed(1999), one], {key(one): "Equal."}).splitlines()
    assert (
        "**1,999 of 2,000 mutants are killed: 99.9 %** (required: 95 % of each module's). "
        in "\n".join(lines)
    )
    assert "| `validator` | 1,999 of 2,000 | - | 1 | 99.9 % |" in lines
    assert lines[-8:] == [
        "### `validator`, `fault`",
        "",
        "```diff",
        *CHANGE.splitlines(),
        "```",
        "",
        "Equal.",
    ]


def test_the_committed_document_holds_the_explanations_as_they_are() -> None:
    text = (ROOT / "docs/mutants.md").read_text(encoding="utf-8")
    reasons = explanations()
    assert len(re.findall("^### ", text, re.MULTILINE)) == len(reasons)
    for (_, _, change), reason in reasons.items():
        assert f"```diff\n{change}\n```\n\n{reason.strip()}\n" in text
