"""`pipeline discard` deletes dead-letter messages after it saved them."""

import json
import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from ops import evidence
from ops.stack import Stack

NUMBERS = (1, 2, 3)


def error(number: int) -> str:
    return f"cannot be fixed: {number}"


def left(stack: Stack) -> set[str | None]:
    """Return the request IDs of the messages of this file's tests."""
    found = evidence.dead_letters(stack)
    return {one.request_id for one in found if str(one.request_id).startswith("discard-")}


@pytest.fixture
def description(pipeline: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Send three dead-letter messages, as Lambda does, and work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    queue = pipeline.stage("processor").queue_name
    url = pipeline.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    for number in NUMBERS:
        pipeline.sqs.send_message(
            QueueUrl=url,
            MessageBody=f'{{"requestId": "discard-{number}", "amount": 1.50}}',
            MessageAttributes={
                "ErrorMessage": {"DataType": "String", "StringValue": error(number)},
                "RequestID": {"DataType": "String", "StringValue": f"invocation-{number}"},
            },
        )
    path = tmp_path / "stack.json"
    pipeline.save(path)
    yield path
    CliRunner().invoke(cli, [*arguments(path), "--yes"])


def arguments(path: Path) -> list[str]:
    return ["discard", "processor", "--only-error", "cannot be fixed", "--local", str(path)]


def run(path: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, [*arguments(path), *more])


def typing(
    path: Path, text: str, meanwhile: Callable[[], object] = str
) -> subprocess.CompletedProcess[str]:
    """Run the command at a terminal at which someone types when the command prompts."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            ["pipeline", *arguments(path)],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr
        prompt = process.stderr.readline()
        meanwhile()
        os.write(ours, text.encode())
        out, rest = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, prompt + rest)
    finally:
        os.close(ours)
        os.close(theirs)


def saved(file: Path) -> list[str]:
    return sorted(json.loads(line)["requestId"] for line in file.read_text().splitlines())


def test_a_dry_run_lists_and_keeps_everything(pipeline: Stack, description: Path) -> None:
    result = run(description, "--dry-run")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert sorted(lines[:-1]) == [f"discard-{number}  {error(number)}" for number in NUMBERS]
    assert lines[-1] == "processor: 3 dead-letter messages would be deleted."
    assert len(left(pipeline)) == 3
    assert list(Path().glob("discarded-*")) == []


def test_deletes_the_selected_messages_and_saves_each(pipeline: Stack, description: Path) -> None:
    chosen = run(description, "--yes", "--id", "discard-2", "--json", "--output", "kept.jsonl")

    report = json.loads(chosen.stdout)
    (message,) = report["deadLetters"]
    assert chosen.exit_code == 0, chosen.output
    assert report == {
        "stage": "processor",
        "dryRun": False,
        "deadLetters": [
            {"requestId": "discard-2", "messageId": message["messageId"], "error": error(2)}
        ],
        "deleted": 1,
        "file": "kept.jsonl",
    }
    assert [json.loads(line) for line in Path("kept.jsonl").read_text().splitlines()] == [
        {
            "stage": "processor",
            "requestId": "discard-2",
            "messageId": message["messageId"],
            "error": error(2),
            "body": '{"requestId": "discard-2", "amount": 1.50}',
        }
    ]
    assert left(pipeline) == {"discard-1", "discard-3"}

    limited = run(description, "--yes", "--limit", "1")

    (file,) = Path().glob("discarded-processor-*.jsonl")
    assert limited.stdout.endswith(f"processor: 1 dead-letter messages deleted; saved to {file}.\n")
    assert left(pipeline) == {"discard-1", "discard-3"} - set(saved(file))


def test_nothing_is_deleted_that_cannot_be_saved(pipeline: Stack, description: Path) -> None:
    result = run(description, "--yes", "--output", "no/file.jsonl")

    assert result.exit_code == 2
    assert result.output.endswith(
        "--output: no/file.jsonl cannot be written: No such file or directory\n"
    )
    assert len(left(pipeline)) == 3


def test_the_name_of_the_stage_must_be_typed(pipeline: Stack, description: Path) -> None:
    wrong = typing(description, "procesor\n")
    assert wrong.returncode == 2
    assert wrong.stderr.endswith("The name does not match; nothing was deleted.\n")
    assert len(left(pipeline)) == 3
    assert list(Path().glob("discarded-*")) == []

    right = typing(description, "processor\n")
    (file,) = Path().glob("discarded-processor-*.jsonl")
    assert right.returncode == 0, right.stderr
    assert saved(file) == ["discard-1", "discard-2", "discard-3"]
    assert left(pipeline) == set()


def test_what_someone_else_deleted_meanwhile_is_counted(pipeline: Stack, description: Path) -> None:
    def elsewhere() -> None:
        assert run(description, "--yes", "--id", "discard-1", "--output", "other").exit_code == 0

    result = typing(description, "processor\n", elsewhere)

    assert result.returncode == 1
    (file,) = Path().glob("discarded-processor-*.jsonl")
    assert result.stdout.endswith(f"processor: 2 dead-letter messages deleted; saved to {file}.\n")
    assert result.stderr.endswith("1 were not found again; rerun in a minute.\n")
    assert left(pipeline) == set()


def test_a_message_in_flight_is_neither_listed_nor_deleted(
    pipeline: Stack, description: Path
) -> None:
    with evidence.receive_dead_letters(pipeline, pipeline.stage("processor")) as messages:
        assert len(list(messages)) >= 3
        result = run(description, "--yes")
    assert (result.exit_code, result.stdout) == (0, "processor: 0 dead-letter messages deleted.\n")
    assert len(left(pipeline)) == 3
