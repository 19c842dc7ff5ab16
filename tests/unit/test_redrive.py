"""A dead letter is deleted once its invocation was accepted, and never before."""

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
from ops.evidence import DeadLetter, count_in_flight, receive_dead_letters
from ops.queues import counted
from ops.redrive import Redrive
from tests.unit.stacks import a_stack, a_stage, answering
from tests.unit.test_stack import description

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


def skip_checks(functions: Stubber, number: int, invocation: str = "new") -> None:
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
    with answering(stack.sqs, stack.functions) as (sqs, functions):
        find(sqs)
        receive(sqs, a_message(1), a_message(2))
        for number in (1, 2):
            skip_checks(functions, number)
            delete(sqs, number)
        receive(sqs)
        release(sqs, 1, 2)
        assert Redrive(PROCESSOR).run(stack, shown.append) == 2

    assert [(letter.request_id, letter.error) for letter in shown] == [
        ("request-1", "boom"),
        ("request-2", "boom"),
    ]


def test_what_was_not_accepted_is_not_deleted_and_is_visible_again() -> None:
    stack = a_stack()
    with answering(stack.sqs, stack.functions) as (sqs, functions):
        find(sqs)
        receive(sqs, a_message(1))
        functions.add_client_error("invoke", "TooManyRequestsException", http_status_code=429)
        release(sqs, 1)
        with pytest.raises(ClientError):
            Redrive(PROCESSOR).run(stack, lambda _: None)


def test_what_fails_again_is_left_for_another_run() -> None:
    stack = a_stack()
    with answering(stack.sqs, stack.functions) as (sqs, functions):
        find(sqs)
        receive(sqs, a_message(1))
        skip_checks(functions, 1, invocation="invocation-2")
        delete(sqs, 1)
        receive(sqs, a_message(2))
        receive(sqs)
        release(sqs, 1, 2)
        assert Redrive(PROCESSOR).run(stack, lambda _: None) == 1


@pytest.mark.parametrize(
    ("redrive", "numbers"),
    [
        (Redrive(PROCESSOR, dry_run=True), [1, 2, 3]),
        (Redrive(PROCESSOR, dry_run=True, limit=2), [1, 2]),
        (Redrive(PROCESSOR, dry_run=True, only_error=re.compile("^b")), [1, 3]),
    ],
)
def test_chooses_and_invokes_nothing_when_dry(redrive: Redrive, numbers: list[int]) -> None:
    stack, shown = a_stack(), list[DeadLetter]()
    with answering(stack.sqs, stack.functions) as (sqs, _):
        find(sqs)
        receive(sqs, a_message(1), a_message(2, error=None), a_message(3))
        if redrive.limit is None:
            receive(sqs)
        release(sqs, 1, 2, 3)
        assert redrive.run(stack, shown.append) == len(numbers)

    assert [letter.request_id for letter in shown] == [f"request-{number}" for number in numbers]


def test_letters_are_listed_once_each_however_long_it_takes() -> None:
    stack = a_stack()
    first, second, odd = a_message(1), a_message(2), {**a_message(3), "Body": "no JSON"}
    with answering(stack.sqs) as (sqs,):
        find(sqs, 1)
        # Those that come again were hidden for too short a time.
        for batch in ([first], [first, second], [odd], [first]):
            receive(sqs, *batch)
        release(sqs, 1, 2, 3)
        with receive_dead_letters(stack, PROCESSOR) as letters:
            assert [letter.event for letter in letters] == [
                {"requestId": "request-1"},
                {"requestId": "request-2"},
                "no JSON",
            ]


def test_a_listing_ends_when_a_whole_round_brings_nothing_new() -> None:
    stack = a_stack()
    messages = [a_message(number) for number in range(11)]
    with answering(stack.sqs) as (sqs,):
        find(sqs, 1)
        for batch in (messages[:10], messages[10:], messages[:10], messages[10:]):
            receive(sqs, *batch)
        release(sqs, *range(10))
        release(sqs, 10)
        with receive_dead_letters(stack, PROCESSOR) as letters:
            assert len(list(letters)) == 11


def test_waits_are_counted_by_queue() -> None:
    stack = a_stack()
    counts = {"ApproximateNumberOfMessages": "7", "ApproximateNumberOfMessagesNotVisible": "2"}
    with answering(stack.sqs) as (sqs,):
        for _ in range(1 + len(stack.stages)):
            find(sqs, 1)
            sqs.add_response("get_queue_attributes", {"Attributes": counts})
        assert counted(stack, "processor_queue_name") == 7
        assert count_in_flight(stack) == 8


def test_prints_nothing_but_lines_where_nobody_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = tmp_path / "stack.json"
    local.write_text(json.dumps(description()))
    monkeypatch.setattr("cli.redrive.counted", Mock(return_value=0))
    monkeypatch.setattr(Redrive, "run", Mock())

    result = CliRunner().invoke(cli, ["redrive", "processor", "--local", str(local)])

    assert result.output == "processor: 0 dead letters invoked again.\n"


def test_names_the_stages_of_the_stack_where_the_given_one_is_none(tmp_path: Path) -> None:
    local = tmp_path / "stack.json"
    local.write_text(json.dumps(description()))

    result = CliRunner().invoke(cli, ["redrive", "procesor", "--local", str(local)])

    assert result.exit_code == 2
    stages = "validator, processor, fraud-check, notifier"
    assert f"'procesor' is not a stage of the stack; it has {stages}" in result.output
