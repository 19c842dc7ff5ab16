"""What the file of transactions may hold, and what is said of one that holds something else."""

from pathlib import Path

import pytest

from ops.submission import MalformedEvents, Submission, read_submissions


def write(folder: Path, content: bytes) -> Path:
    path = folder / "transactions.json"
    path.write_bytes(content)
    return path


def test_reads_bodies_and_what_is_expected_of_them(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        b'[{"expect": "PROCESSED", "body": {"transactionId": "a"}},'
        b' {"expect": "400", "body": [], "note": "no object"},'
        b' {"expect": "400", "body": {"transactionId": 7}}]',
    )
    submissions = read_submissions(path)
    assert submissions == [
        Submission(body={"transactionId": "a"}, expect="PROCESSED"),
        Submission(body=[], expect="400"),
        Submission(body={"transactionId": 7}, expect="400"),
    ]
    assert [submission.transaction_id for submission in submissions] == ["a", None, None]


EXPECTED = "PROCESSED, DUPLICATE, CONFLICT, REJECTED, FAILED, 400, 403, 404, 413, 415, 429"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'[\n  {"expect": 400,}\n]', "line 2, column 17: Illegal trailing comma before end of"),
        (b'["\xff"]', "byte 2 is not UTF-8"),
        (b"{}", 'must be an array of {"expect": ..., "body": ...}'),
        (b"[]", 'must be an array of {"expect": ..., "body": ...}'),
        (b"[17]", 'entry 1: must be an object with "expect" and "body"'),
        (b'[{"expect": "400"}]', 'entry 1: must be an object with "expect" and "body"'),
        (b'[{"expect": "fine", "body": 1}]', f"entry 1: expect must be one of {EXPECTED}"),
    ],
)
def test_says_where_the_file_is_wrong(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(MalformedEvents) as raised:
        read_submissions(path)
    assert str(raised.value).startswith(f"{path}: {sentence}")


def test_says_that_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MalformedEvents) as raised:
        read_submissions(tmp_path / "none.json")
    assert str(raised.value) == f"{tmp_path / 'none.json'}: No such file or directory"
