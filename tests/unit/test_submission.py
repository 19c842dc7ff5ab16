"""The file of transactions: valid content, errors, and numbers sent as written."""

import json
from pathlib import Path

import pytest

from ops.input_files import JsonNumber, MalformedFile, Submission, decoder, written
from ops.submission_file import read_submissions


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
        Submission(body={"transactionId": JsonNumber("7")}, expect="400"),
    ]
    assert [submission.transaction_id for submission in submissions] == ["a", None, None]


@pytest.mark.parametrize(
    "content",
    [
        b'[{"transactionId": "a"}, {"transactionId": "b"}]',
        b'{"transactionId": "a"}\n{"transactionId": "b"}',
        b'\r\n{"transactionId": "a"}\r\n\r\n{"transactionId": "b"}\r\n',
        b'{\n  "transactionId": "a"\n}\n{"transactionId": "b"}',
        b'\xef\xbb\xbf{"transactionId": "a"}\r\n{"transactionId": "b"}',  # as Windows writes it
    ],
)
def test_reads_an_array_or_one_after_the_other(tmp_path: Path, content: bytes) -> None:
    assert read_submissions(write(tmp_path, content)) == [
        Submission({"transactionId": "a"}),
        Submission({"transactionId": "b"}),
    ]


def test_does_not_validate_bodies(tmp_path: Path) -> None:
    assert read_submissions(write(tmp_path, b'"a" [1] null')) == [
        Submission("a"),
        Submission([JsonNumber("1")]),
        Submission(None),
    ]


EXPECTED = "PROCESSED, DUPLICATE, CONFLICT, REJECTED, FAILED, 400, 403, 404, 413, 415, 429"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'[\n  {"expect": 400,}\n]', "line 2, column 17: Illegal trailing comma before end of"),
        (b'{"transactionId": "a"}\n{"trans', "line 2, column 2: Unterminated string starting at"),
        (b'["\xff"]', "byte 2 is not UTF-8"),
        (b"transactionId,amount\norder-1,10.50\n", "is CSV; write one JSON object per line"),
        (b'"transactionId";"amount"\n"a";1\n', "is CSV; write one JSON object per line"),
        (b"\n7,10.50\n", "is CSV; write one JSON object per line"),
        (
            b'{"transactions": [{"transactionId": "a"}]}',
            'is an object with the list "transactions"; write the list alone, or one JSON object',
        ),
        (b'{"n": 1, "items": []}', 'is an object with the list "items"; write the list alone'),
        ("[]".encode("utf-16"), "is encoded as UTF-16; save the file as UTF-8"),
        ("[]".encode("utf-16-be"), "is encoded as UTF-16; save the file as UTF-8"),
        (b"", "must hold at least one transaction"),
        (b"[]", "must hold at least one transaction"),
        (b'[1, {"expect": "400"}]', 'entry 2: an entry with "expect" must have a "body"'),
        (b'[{"expect": "fine", "body": 1}]', f"entry 1: expect must be one of {EXPECTED}"),
        (b'[{"expect": 400, "body": 1}]', f"entry 1: expect must be one of {EXPECTED}"),
        pytest.param(b"[" * 100_000, "too deeply nested to send", id="deep"),
        pytest.param(b"[" * 3_000 + b"]" * 3_000, "too deeply nested to send", id="less deep"),
    ],
)
def test_reports_the_place_of_an_error(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(MalformedFile) as raised:
        read_submissions(path)
    assert str(raised.value).startswith(f"{path}: {sentence}")


def test_reports_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile) as raised:
        read_submissions(tmp_path / "none.json")
    assert str(raised.value) == f"{tmp_path / 'none.json'}: No such file or directory"


@pytest.mark.parametrize(
    "text",
    [
        "0.10",
        "1e3",
        "1E+2",
        "-0",
        "100.00500000000000000000000001",
        "999999999999999999999999999999",
        "NaN",
        '{"amount": 0.10, "note": "caf\\u00e9 \\"x\\"", "list": [1.0, true, false, null, {}]}',
    ],
)
def test_writes_each_number_as_it_was_written(text: str) -> None:
    assert written(decoder.decode(text)) == text


def test_writes_what_was_made_in_python_as_json_does() -> None:
    value = {"amount": 0.29, "count": 3, "nested": [{"a": None}]}
    assert written(value) == json.dumps(value)
