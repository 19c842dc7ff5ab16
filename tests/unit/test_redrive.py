"""A dead-letter message is deleted only after Lambda has accepted its event."""

import json
import re
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from click.testing import CliRunner

from cli.main import cli
from ops.dead_letter_selection import Selection
from ops.evidence import DeadLetter, count_in_flight, count_messages, receive_dead_letters
from ops.redrive import redrive
from tests.unit.stacks import a_local_file, a_stack, a_stage, stubbing

URL = "https://sqs/queue"
PROCESSOR = a_stage("processor")


def a_message(number: int, error: str | None = "boom") -> dict[str, Any]:
    attributes = {"RequestID": f"invocation-{number}", "ErrorMessage": error}
    return {
        "MessageId": f"message-{number}",
        "ReceiptHandle": f"receipt-{number}",
        "Body": json.dumps({"requestId": f"request-{number}"}),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value}
            for name, value in attributes.items()
            if value is not None
        },
    }


def find(sqs: Stubber, times: int = 2) -> None:
    for _ in range(times):
        sqs.add_response("get_queue_url", {"QueueUrl": URL})


def receive(sqs: Stubber, *messages: dict[str, Any]) -> None:
    sqs.add_response("receive_message", {"Messages": list(messages)} if messages else {})


def accept(functions: Stubber, number: int, invocation: str = "new") -> None:
    functions.add_response(
        "invoke",
        {"StatusCode": 202, "ResponseMetadata": {"RequestId": invocation}},
        {
            "FunctionName": "processor_function_name",
            "InvocationType": "Event",
            "Payload": json.dumps({"requestId": f"request-{number}"}),
        },
    )


def delete(sqs: Stubber, number: int) -> None:
    sqs.add_response("delete_message", {}, {"QueueUrl": URL, "ReceiptHandle": f"receipt-{number}"})


def release(sqs: Stubber, *numbers: int) -> None:
    entries = [
        {"Id": str(index), "ReceiptHandle": f"receipt-{number}", "VisibilityTimeout": 0}
        for index, number in enumerate(numbers)
    ]
    sqs.add_response(
        "change_message_visibility_batch",
        {"Successful": [], "Failed": []},
        {"QueueUrl": URL, "Entries": entries},
    )


def test_invokes_deletes_and_ends_when_there_are_no_more() -> None:
    stack, shown = a_stack(), list[DeadLetter]()
    with stubbing(stack.sqs, stack.functions) as (sqs, functions):
        find(sqs)
        receive(sqs, a_message(1), a_message(2))
        for number in (1, 2):
            accept(functions, number)
            delete(sqs, number)
        receive(sqs)
        release(sqs, 1, 2)
        redrive(stack, PROCESSOR, shown.append)

    assert [(one.request_id, one.error) for one in shown] == [
        ("request-1", "boom"),
        ("request-2", "boom"),
    ]


def test_a_message_that_lambda_does_not_accept_is_not_deleted() -> None:
    stack = a_stack()
    with stubbing(stack.sqs, stack.functions) as (sqs, functions):
        find(sqs)
        receive(sqs, a_message(1))
        functions.add_client_error("invoke", "TooManyRequestsException", http_status_code=429)
        release(sqs, 1)
        with pytest.raises(ClientError):
            redrive(stack, PROCESSOR, Mock())


def test_what_fails_again_is_left_for_another_run() -> None:
    stack, shown = a_stack(), list[DeadLetter]()
    with stubbing(stack.sqs, stack.functions) as (sqs, functions):
        find(sqs)
        receive(sqs, a_message(1))
        accept(functions, 1, invocation="invocation-2")
        delete(sqs, 1)
        receive(sqs, a_message(2))
        receive(sqs)
        release(sqs, 1, 2)
        redrive(stack, PROCESSOR, shown.append)
    assert [one.request_id for one in shown] == ["request-1"]


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (Selection(), [1, 2, 3]),
        (Selection(limit=2), [1, 2]),
        (Selection(re.compile("^b")), [1, 3]),
        (Selection(ids=frozenset({"request-2", "request-3"})), [2, 3]),
        (Selection(re.compile("^b"), frozenset({"request-2", "request-3"})), [3]),
    ],
)
def test_chooses_and_invokes_nothing_when_dry(selection: Selection, numbers: list[int]) -> None:
    stack, shown = a_stack(), list[DeadLetter]()
    with stubbing(stack.sqs, stack.functions) as (sqs, _):
        find(sqs)
        receive(sqs, a_message(1), a_message(2, error=None), a_message(3))
        if selection.limit is None:
            receive(sqs)
        release(sqs, 1, 2, 3)
        redrive(stack, PROCESSOR, shown.append, dry_run=True, selection=selection)

    assert [one.request_id for one in shown] == [f"request-{number}" for number in numbers]


def test_each_message_is_listed_once_even_if_it_is_received_again() -> None:
    stack = a_stack()
    first, second, odd = a_message(1), a_message(2), {**a_message(3), "Body": "[]"}
    with stubbing(stack.sqs) as (sqs,):
        find(sqs, 1)
        # A message comes again when its visibility timeout ends.
        for batch in ([first], [first, second], [odd], [first]):
            receive(sqs, *batch)
        release(sqs, 1, 2, 3)
        with receive_dead_letters(stack, PROCESSOR) as messages:
            assert [one.event for one in messages] == [
                {"requestId": "request-1"},
                {"requestId": "request-2"},
                [],
            ]


def test_a_listing_ends_when_a_whole_round_brings_nothing_new() -> None:
    stack = a_stack()
    messages = [a_message(number) for number in range(11)]
    with stubbing(stack.sqs) as (sqs,):
        find(sqs, 1)
        for batch in (messages[:10], messages[10:], messages[:10], messages[10:]):
            receive(sqs, *batch)
        release(sqs, *range(10))
        release(sqs, 10)
        with receive_dead_letters(stack, PROCESSOR) as dead_letters:
            assert len(list(dead_letters)) == 11


def test_counts_messages_by_queue() -> None:
    stack = a_stack()
    counts = {"ApproximateNumberOfMessages": "7", "ApproximateNumberOfMessagesNotVisible": "2"}
    with stubbing(stack.sqs) as (sqs,):
        for _ in range(1 + len(stack.stages)):
            find(sqs, 1)
            sqs.add_response("get_queue_attributes", {"Attributes": counts})
        assert count_messages(stack, "processor_queue_name") == 7
        assert count_in_flight(stack) == 8


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_foreign_message_is_shown_and_stays(*, dry_run: bool) -> None:
    stack, shown = a_stack(), list[DeadLetter]()
    with stubbing(stack.sqs, stack.functions) as (sqs, functions):
        find(sqs)
        receive(sqs, {**a_message(1), "Body": "no JSON"}, a_message(2))
        if not dry_run:
            accept(functions, 2)
            delete(sqs, 2)
        receive(sqs)
        release(sqs, 1, 2)
        redrive(stack, PROCESSOR, shown.append, dry_run=dry_run)

    assert [(one.id, one.error) for one in shown] == [
        ("message-1", "foreign: is not JSON"),
        ("request-2", "boom"),
    ]


def test_prints_only_lines_without_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.redrive.count_messages", Mock(return_value=0))
    monkeypatch.setattr("cli.redrive.redrive", Mock())

    result = CliRunner().invoke(cli, ["redrive", "processor", "--local", a_local_file(tmp_path)])

    assert result.output == "processor: 0 dead-letter messages redriven.\n"


def test_an_unknown_stage_is_rejected_with_the_known_ones(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["redrive", "procesor", "--local", a_local_file(tmp_path)])

    assert result.exit_code == 2
    stages = "validator, processor, fraud-check, notifier"
    assert f"'procesor' is not a stage of the stack; it has {stages}" in result.output
