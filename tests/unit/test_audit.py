"""The file of accepted requests, and the report of an audit."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cli.options import ProgressLines, RateColumn, progress_bar
from ops.audit import Audit, report
from ops.foreign import Foreign
from ops.input_files import MalformedFile, read_accepted
from ops.reconciliation import Accepted, Entry, Evidence, reconcile
from ops.transaction import Content, a_body

NOW = 1_767_225_600


def an_entry(number: int, amount: str = "1.50") -> Entry:
    content = Content.of(a_body(transactionId=f"order-{number}", amount=amount))
    return Entry(content, NOW * 1_000 + number, f"request-{number}", "key")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_reads_an_accepted_amount_as_the_api_reads_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "accepted.jsonl"
    body = a_body(transactionId="order-1", amount=1.5)
    line = json.dumps({"requestId": "r", "transaction": body})
    amounts = {
        "0.1000000000000000055511151231257827021181583404541015625": "0.10",
        "19.989999999999998436805981327779591083526611328125": "19.99",
        "0.070000000000000006661338147750939242541790008544921875": "0.070",
        "999999999999.123": "999999999999.123",
        "1e3": "1000",
        "7": "7",
    }
    written = [line.replace("1.5", amount) for amount in amounts]
    path.write_text("\n\n".join(written) + "\n \n", encoding)

    assert [*read_accepted(path)] == [
        Accepted("r", Content.of(body | {"amount": Decimal(amount)})) for amount in amounts.values()
    ]


def test_reads_when_a_request_was_accepted(tmp_path: Path) -> None:
    path = tmp_path / "accepted.jsonl"
    body = a_body(transactionId="order-1")
    path.write_text(json.dumps({"requestId": "r", "acceptedAt": 1_000, "transaction": body}))

    (accepted,) = read_accepted(path)

    assert accepted.accepted_at == 1_000


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        pytest.param("[" * 100_000, id="deep"),
        '{"requestId": "r", "transaction": {"transactionId": "a"}}',
        json.dumps({"requestId": "r", "acceptedAt": "now", "transaction": a_body()}),
        json.dumps({"requestId": "r", "transaction": a_body(transactionId=["order-1"])}),
    ],
)
def test_says_which_line_is_wrong(tmp_path: Path, line: str) -> None:
    path = tmp_path / "accepted.jsonl"
    path.write_text(f"{line}\n")

    with pytest.raises(MalformedFile, match=f"^{path}: line 1: must be "):
        list(read_accepted(path))


def test_says_that_a_file_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "accepted.jsonl"

    with pytest.raises(MalformedFile, match=f"^{path}: No such file or directory$"):
        list(read_accepted(path))

    path.write_bytes(b"{}\xff")

    with pytest.raises(MalformedFile, match=f"^{path}: byte 2 is not UTF-8$"):
        list(read_accepted(path))


def test_reports_stored_data_and_discrepancies() -> None:
    evidence = Evidence(
        records={"order-1": [an_entry(1)]},
        audits={"order-1": [an_entry(1)], "order-2": [an_entry(2)]},
        dead_letters={"request-3": 1},
        unnotified={"request-1"},
        by_stage={"processor": 1, "notifier": 1},
    )
    lost = Accepted("request-4", an_entry(4).content)

    stored = {"records": 1, "auditObjects": 2, "outcomes": 0}
    found = replace(reconcile([lost], evidence), proven={"DUPLICATE": 3, "LOST": 0})

    assert report(Audit(found, evidence, stored)) == {
        "reconciled": False,
        "stored": {
            "records": 1,
            "auditObjects": 2,
            "archived": 0,
            "outcomes": 0,
            "deadLetters": 1,
            "unnotified": 1,
        },
        "deadLetters": {"processor": 1, "notifier": 1},
        "requests": {
            "RECORDED": 0,
            "DUPLICATE": 3,
            "CONFLICT": 0,
            "REJECTED": 0,
            "DEAD_LETTERED": 0,
            "UNKNOWN": 0,
            "LOST": 1,
        },
        "discrepancies": {"request-4": "LOST"},
        "inconsistent": {"order-2": "AUDIT_WITHOUT_RECORD"},
        "foreign": {},
    }


def test_foreign_data_alone_are_not_reconciled() -> None:
    foreign = [Foreign("audit object", "transactions/", "has another name")]

    assert not reconcile([], Evidence({}, {}, foreign=foreign)).reconciled


def test_shows_progress_with_the_rate_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ProgressLines, "seconds", 0.0)
    moments = iter(range(100))
    progress = progress_bar(quiet=False, rate=True)
    monkeypatch.setattr(progress, "get_time", lambda: float(next(moments)))

    task = progress.add_task("Reading", total=None)
    for read in (1_000, 2_000, 3_000):
        progress.update(task, completed=read, total=10_000)

    assert capsys.readouterr().err.splitlines()[-1] == (
        "Reading: 3,000 of 10,000, 1,000/s, 7 s left"
    )
    assert RateColumn().render(progress.tasks[0]).plain == "1,000/s"
