"""The contract's patterns and its list of fields are not repeated in other files."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator

import pytest

from contract import FIELDS, RECORD
from tests.docs.reading import ROOT

CONTRACT = "src/contract.py"
# They hold whole values on purpose: a change of the bytes on AWS must not pass unseen.
GOLDEN = {"tests/handlers/goldens.py"}
ID, SOURCE, AMOUNT = (FIELDS[name] for name in ("transactionId", "source", "amount"))
PATTERNS = {AMOUNT.pattern, *(field.characters for field in FIELDS.values() if field.characters)}
MANY = 4

type Find = Callable[[ast.AST], Iterator[int]]


def written_patterns(tree: ast.AST) -> Iterator[int]:
    """Yield the line of each text that contains a pattern of the contract."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
            if isinstance(value, str) and any(pattern in value for pattern in PATTERNS):
                yield node.lineno


def written_fields(tree: ast.AST) -> Iterator[int]:
    """Yield the line of each list, tuple, set or dict that names many fields of a record."""
    for node in ast.walk(tree):
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                pass
            case ast.Dict(keys=keys, values=values):
                parts = [*filter(None, keys), *values]
            case _:
                continue
        names = {part.value for part in parts if isinstance(part, ast.Constant)}
        if len(names & RECORD.keys()) >= MANY:
            yield node.lineno


def tracked(*patterns: str) -> list[str]:
    """Return the files of the repository."""
    command = ["git", "ls-files", "--", *patterns]
    result = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return [name for name in result.stdout.splitlines() if (ROOT / name).exists()]


def places(find: Find) -> list[str]:
    """Return the places in Python files that `find` reports."""
    return [
        f"{name}:{line}"
        for name in tracked("*.py")
        if name != CONTRACT and name not in GOLDEN
        for line in find(ast.parse((ROOT / name).read_text(encoding="utf-8")))
    ]


def test_no_pattern_of_the_contract_is_repeated() -> None:
    assert places(written_patterns) == []


def test_the_list_of_fields_is_not_repeated() -> None:
    assert places(written_fields) == []


def test_no_script_contains_a_pattern_or_a_list_of_the_fields() -> None:
    """A script that browsers or the CDK run cannot import the contract: the server sends it."""
    scripts = {name: (ROOT / name).read_text(encoding="utf-8") for name in tracked("*.js")}
    assert [
        name
        for name, text in scripts.items()
        if any(pattern in text for pattern in PATTERNS)
        or any(
            len(set(re.findall(r"\w+", display)) & RECORD.keys()) >= MANY
            for display in re.findall(r"[\[{][^][{}]*[]}]", text)
        )
    ] == []


@pytest.mark.parametrize("name", [CONTRACT, *GOLDEN])
def test_every_exception_exists_and_would_be_found(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    assert [*written_patterns(tree), *written_fields(tree)] != []


@pytest.mark.parametrize(
    ("code", "patterns", "lists"),
    [
        (f'NAME = "[A-Za-z0-9][{ID.characters}]*"', 1, 0),
        (f'NAME = f"^[{SOURCE.characters}]{{longest}}"', 1, 0),
        (f'NAME = rb"^[{ID.characters}]+"', 1, 0),
        (f'AMOUNT = r"^{AMOUNT.pattern}$"', 1, 0),
        ('TUPLE = "requestId", "apiKeyId", "amount", "source", "status"', 0, 1),
        ('DICT = {"transactionId": 1, **more, "amount": 2, "currency": 3, "source": 4}', 0, 1),
        ('MAPPED = {"a": "transactionId", "b": "amount", "c": "currency", "d": "source"}', 0, 1),
        ('ATTRIBUTES = ["status", "currency", "source", "amount"]', 0, 0),
        ('ARN = "[A-Za-z0-9_-]{1,64}"', 0, 0),
        ("a_body(transactionId=1, amount=2, currency=3, source=4)", 0, 0),
    ],
)
def test_a_second_pattern_or_list_would_be_found(code: str, patterns: int, lists: int) -> None:
    tree = ast.parse(code)
    assert len(list(written_patterns(tree))) == patterns
    assert len(list(written_fields(tree))) == lists
