"""The judgement of a mutation run: what fails it, and what docs/mutants.md then says."""

from tests.mutation.mutant import Mutant, change_in
from tests.mutation.report import document, key, problems

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


def test_too_many_survivors_fail_even_if_explained() -> None:
    one = survivor()
    assert problems([*killed(18), one], {key(one): "Equal."}) == [
        "94.7 % of the mutants are killed, not 95 %"
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
    assert "**1,999 of 2,000 mutants are killed: 99.9 %** (required: 95 %). " in "\n".join(lines)
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
