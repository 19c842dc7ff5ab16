"""The file of accepted requests, and what a resumed submission takes from it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from ops.accepted_file import Accepted, AcceptedFile
from ops.input_files import JsonNumber, Submission, read_accepted
from ops.stack import Stack
from ops.submission import ApiResponse
from ops.transaction import a_body
from tests.unit.stacks import a_local_file
from tests.unit.test_submitter import a_stack_whose_api, lines

REMEDY = "delete the line and resume: its transaction is submitted again, which is safe"


def an_order(number: int, **changes: object) -> dict[str, object]:
    return a_body(transactionId=f"order-{number}", **changes)


class Submitting:
    """The command `submit` with files of its own, and the IDs that the API received."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.received = folder, list[str]()
        self.accepted, self.orders = folder / "accepted.jsonl", folder / "orders.jsonl"
        monkeypatch.setattr(Stack, "http", a_stack_whose_api(self.handle).http)

    def handle(self, body: bytes) -> tuple[int, str]:
        transaction_id = json.loads(body)["transactionId"]
        self.received.append(transaction_id)
        if transaction_id in {"order-2", "order-4"} and self.received.count(transaction_id) == 1:
            return 503, "{}"
        return 202, json.dumps({"requestId": f"request-{transaction_id}"})

    def run(self, *options: str) -> Result:
        return CliRunner().invoke(
            cli,
            [
                *("submit", str(self.orders), "--local", a_local_file(self.folder)),
                *("--accepted", str(self.accepted), *options),
            ],
        )


@pytest.fixture
def submitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Submitting:
    found = Submitting(tmp_path, monkeypatch)
    found.orders.write_text(lines(*map(an_order, range(1, 6))))
    return found


def test_resume_submits_exactly_what_was_not_accepted(submitting: Submitting) -> None:
    first = submitting.run()
    assert first.exit_code == 1
    assert sorted(submitting.received) == [f"order-{number}" for number in range(1, 6)]
    submitting.received[:] = ["order-2", "order-4"]  # which the API takes the next time

    second = submitting.run("--resume", "--json")
    third = submitting.run("--resume")

    report = json.loads(second.output)
    assert (report["accepted"], report["acceptedBefore"], second.exit_code) == (2, 3, 0)
    assert sorted(submitting.received) == ["order-2", "order-2", "order-4", "order-4"]
    assert third.exit_code == 0
    assert third.output == ("0 submitted: 0 accepted, 0 client errors.\n5 were accepted before.\n")
    assert sorted(one.request_id for one in read_accepted(submitting.accepted)) == [
        f"request-order-{number}" for number in range(1, 6)
    ]


def test_a_state_that_is_cut_off_names_its_line_and_submits_nothing(
    submitting: Submitting,
) -> None:
    submitting.run()
    submitting.accepted.write_bytes(submitting.accepted.read_bytes()[:-10])
    submitting.received.clear()

    resumed, appended = submitting.run("--resume"), submitting.run()

    for result, flag in ((resumed, "--resume"), (appended, "--accepted")):
        assert result.exit_code == 2
        assert f"{flag}: {submitting.accepted}: line 3 is cut off" in result.output
        assert REMEDY in result.output
    assert submitting.received == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"requestId": "a", "transaction": {}}\n', "line 1 is cut off, or was not written by"),
        (b'{"entry": 1, "transaction": {}}\n[]\n', "line 2 is cut off, or was not written by"),
        (b'{"entry": 1, "transaction": {}}', "line 1 is cut off; "),
        (b'{"entry": 0, "transaction": {}}\n', "line 1: there is no entry 0"),
        (b'{"entry": 6, "transaction": {}}\n', "line 1: there is no entry 6"),
        (b'{"entry": 1, "transaction": {}}\n', "entry 1 was another transaction when it was"),
        (None, "No such file or directory; to begin with the first entry, omit --resume"),
    ],
)
def test_says_what_a_state_must_be(
    submitting: Submitting, content: bytes | None, says: str
) -> None:
    if content is not None:
        submitting.accepted.write_bytes(content)
    result = submitting.run("--resume")
    assert result.exit_code == 2
    assert f"--resume: {submitting.accepted}: {says}" in result.output
    assert submitting.received == []


def test_resume_needs_the_file_of_what_was_accepted(tmp_path: Path) -> None:
    arguments = ["submit", "-", "--resume", "--local", a_local_file(tmp_path)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "--resume needs --accepted" in result.output


def test_an_accepted_request_is_one_line_with_amounts_as_written(tmp_path: Path) -> None:
    path = tmp_path / "accepted.jsonl"
    response = ApiResponse(202, "request-1", "", sent_at=1.0, responded_at=1.5)
    submission = Submission({"transactionId": "a", "amount": JsonNumber("0.10")}, entry=3)
    with AcceptedFile.append(path) as file:
        file.add(submission, response)
    assert path.read_text() == (
        '{"requestId": "request-1", "acceptedAt": 1500, '
        '"transaction": {"transactionId": "a", "amount": 0.10}, "entry": 3}\n'
    )
    before = Accepted.read(path, 4)
    assert before.count == 1
    others = [Submission(submission.body, entry=entry) for entry in (1, 2, 4)]
    assert [one.entry for one in before.missing([*others, submission])] == [1, 2, 4]
