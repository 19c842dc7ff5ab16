"""A file of submissions is read in pieces, in constant memory, with the same result."""

import io
import json
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops import submission_file
from ops.input_files import MalformedFile, decoder
from ops.submission_file import SubmissionFile, read_submissions
from ops.transaction import a_body

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture(params=[1, 7, submission_file.CHUNK])
def _pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the file in pieces of this size."""
    monkeypatch.setattr(submission_file, "CHUNK", request.param)


@given(
    values=st.lists(VALUES.filter(lambda value: not isinstance(value, list)), min_size=2),
    piece=st.integers(1, 20),
    form=st.sampled_from(["array", "pretty array", "lines", "pretty", "adjacent"]),
)
def test_reads_the_same_entries_whatever_the_pieces_and_the_form(
    values: list[Any], piece: int, form: str
) -> None:
    separator = {"lines": "\n", "pretty": "\n", "adjacent": " "}.get(form)
    indent = 2 if form.startswith("pretty") else None
    text = (
        separator.join(json.dumps(one, indent=indent, ensure_ascii=False) for one in values)
        if separator
        else json.dumps(values, indent=indent, ensure_ascii=False)
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(submission_file, "CHUNK", piece)
        file = SubmissionFile(Path("orders.json"), io.BytesIO(text.encode()))
        bodies = [(one.entry, one.body) for one in file]
    exact = [decoder.decode(json.dumps(one)) for one in values]
    assert bodies == [*enumerate(exact, 1)]


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a": 1}\n{"b": 2}\n\n  {"c": nope}', "line 4, column 9: Expecting value"),
        (b'[\n  1,\n  {"c": nope}\n]', "line 3, column 9: Expecting value"),
        (b"[1 2]", "line 1, column 4: Expecting ',' delimiter"),
        (b"[1,\n ]", "line 2, column 2: Illegal trailing comma before end of array"),
        (b"[1]\n2", "line 2, column 1: Extra data"),
        (b"[1,\n", "line 2, column 1: Expecting value"),
        ('["é", "'.encode() + b'\xff"]', "byte 8 is not UTF-8"),
        ('"é"\n'.encode() * 3 + b"\xc3", "byte 15 is not UTF-8"),
    ],
)
def test_reports_the_place_of_an_error_whatever_the_pieces(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "orders.json"
    path.write_bytes(content)
    with pytest.raises(MalformedFile) as raised:
        read_submissions(path)
    assert str(raised.value) == f"{path}: {sentence}"


def test_an_entry_without_an_end_is_an_error_before_all_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission_file, "LONGEST", 100)
    monkeypatch.setattr(submission_file, "CHUNK", 10)
    path = tmp_path / "orders.json"
    path.write_text('{"transactionId": "a"}\n"' + "x" * 1_000)
    with pytest.raises(MalformedFile, match="line 2, column 1: Unterminated string"):
        read_submissions(path)


def test_reads_what_can_be_read_only_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=['{"transactionId": "a"}'])
    writer.start()
    (one,) = read_submissions(path)
    writer.join()
    assert one.transaction_id == "a"


def test_the_memory_does_not_grow_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission_file, "CHUNK", 4_096)
    path = tmp_path / "orders.jsonl"
    path.write_text((json.dumps(a_body()) + "\n") * 5_000)
    tracemalloc.start()
    with SubmissionFile.open(path) as file:
        assert (file.count, sum(1 for _ in file)) == (5_000, 5_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Other threads allocate meanwhile; the file as a whole would be five times this limit.
    assert peak < path.stat().st_size / 5
