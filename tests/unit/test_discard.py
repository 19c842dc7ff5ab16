"""Only messages that were listed and saved are deleted."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import cli
from ops.dead_letter_selection import EVERYTHING
from ops.discard import discard, save, select
from ops.evidence import DeadLetter
from tests.unit.stacks import a_local_file, a_stack, a_stage, stubbing
from tests.unit.test_redrive import a_message, delete, find, receive, release

PROCESSOR = a_stage("processor")


def a_dead_letter(number: int) -> DeadLetter:
    return DeadLetter("processor", None, "boom", message_id=f"message-{number}", body="{ 1.50}")


def test_lists_and_deletes_nothing() -> None:
    stack = a_stack()
    with stubbing(stack.sqs) as (sqs,):
        find(sqs, 1)
        receive(sqs, a_message(1), {**a_message(2), "Body": "[]"})
        receive(sqs)
        release(sqs, 1, 2)
        listed = select(stack, PROCESSOR, EVERYTHING)
    # A message without a request ID is listed by its own.
    assert [one.id for one in listed] == ["request-1", "message-2"]


def test_deletes_what_was_listed_by_its_new_receipt_and_nothing_else() -> None:
    stack = a_stack()
    again = {**a_message(1), "ReceiptHandle": "receipt-11"}
    with stubbing(stack.sqs) as (sqs,):
        find(sqs)
        receive(sqs, a_message(3), again)
        delete(sqs, 11)
        receive(sqs, a_message(2))
        delete(sqs, 2)
        release(sqs, 3, 11, 2)
        assert discard(stack, PROCESSOR, [a_dead_letter(1), a_dead_letter(2)]) == 2


def test_counts_what_is_not_found_again() -> None:
    stack = a_stack()
    with stubbing(stack.sqs) as (sqs,):
        find(sqs)
        receive(sqs, a_message(1))
        delete(sqs, 1)
        receive(sqs)
        release(sqs, 1)
        assert discard(stack, PROCESSOR, [a_dead_letter(1), a_dead_letter(2)]) == 1


def test_appends_each_message_as_lambda_sent_it(tmp_path: Path) -> None:
    file = tmp_path / "discarded.jsonl"
    save(file, [a_dead_letter(1)])
    save(file, [a_dead_letter(2)])
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        {
            "stage": "processor",
            "requestId": None,
            "messageId": f"message-{number}",
            "error": "boom",
            "body": "{ 1.50}",
        }
        for number in (1, 2)
    ]


@pytest.mark.parametrize("text", ["", "processor\n"])
def test_without_a_terminal_it_must_be_confirmed_by_an_option(text: str, tmp_path: Path) -> None:
    arguments = ["discard", "processor", "--local", a_local_file(tmp_path)]
    result = CliRunner().invoke(cli, arguments, input=text)
    assert result.exit_code == 2
    assert result.output == (
        "Error: There is no terminal to confirm on; pass --yes. Nothing was deleted.\n"
    )
