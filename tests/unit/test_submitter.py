"""How submissions leave: several at once, those of one id in their order, each answer told."""

import io
import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from requests.adapters import BaseAdapter

from cli.main import cli
from ops.exact_json import JsonNumber
from ops.stack import Stack
from ops.submission import NO_ANSWER, ApiResponse, Submission, submit
from ops.submitter import Submitter
from ops.subscriber import Subscriber
from tests.unit.stacks import a_stack, answering
from tests.unit.test_stack import description

type Handle = Callable[[bytes], tuple[int, str]]


class Api(BaseAdapter):
    """An API without a socket: `handle` turns a body into status and text."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self.handle = handle

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        assert request.headers["Content-Type"] == "application/json"
        assert isinstance(request.body, bytes)
        response = requests.Response()
        response.status_code, text = self.handle(request.body)
        response.raw = io.BytesIO(text.encode())
        return response

    def close(self) -> None:
        """Nothing is open."""


def a_stack_whose_api(handle: Handle) -> Stack:
    stack = a_stack()
    stack.http.mount("http://", Api(handle))
    return stack


def accepting(body: bytes) -> tuple[int, str]:
    return 202, json.dumps({"requestId": f"request-{json.loads(body)['transactionId']}"})


def submissions(*ids: str) -> list[Submission]:
    return [Submission({"transactionId": one, "n": n}) for n, one in enumerate(ids)]


def test_sends_an_amount_as_it_was_written() -> None:
    sent = list[bytes]()

    def handle(body: bytes) -> tuple[int, str]:
        sent.append(body)
        return accepting(body)

    submit(a_stack_whose_api(handle), {"transactionId": "a", "amount": JsonNumber("0.10")})

    assert sent == [b'{"transactionId": "a", "amount": 0.10}']


@pytest.mark.parametrize("content", ["Bad Gateway", '"Bad Gateway"', "null", "[]"])
def test_an_answer_of_another_than_the_api_is_told_as_it_is(content: str) -> None:
    answer = submit(a_stack_whose_api(lambda _: (502, content)), {})

    assert (answer.http_status, answer.request_id, answer.message) == (502, "", content)
    assert not answer.accepted
    assert not answer.refused


def test_answers_are_in_the_order_of_the_submissions_and_told_at_once() -> None:
    told = list[tuple[Any, str]]()

    def answered(submission: Submission, answer: ApiResponse) -> None:
        told.append((submission.body["n"], answer.request_id))

    sending = Submitter(a_stack_whose_api(accepting), submissions("a", "b", "c"), answered=answered)
    sending.run()

    assert sorted(told) == [(0, "request-a"), (1, "request-b"), (2, "request-c")]
    assert [(one.submission.body["n"], one.answer.request_id) for one in sending.so_far()] == [
        (0, "request-a"),
        (1, "request-b"),
        (2, "request-c"),
    ]


def test_those_of_one_id_keep_their_order_and_others_do_not_wait_for_them() -> None:
    arrived = list[int]()
    both = threading.Barrier(2, timeout=10)

    def handle(body: bytes) -> tuple[int, str]:
        content = json.loads(body)
        arrived.append(content["n"])
        if content["n"] in {0, 2}:
            both.wait()  # the first of "same" and that of "other" are under way together
        return accepting(body)

    Submitter(
        a_stack_whose_api(handle), submissions("same", "same", "other", "same"), parallel=2
    ).run()

    assert [n for n in arrived if n != 2] == [0, 1, 3]
    assert sorted(arrived[:2]) == [0, 2]


def test_no_more_than_so_many_are_under_way() -> None:
    under_way = threading.Semaphore(3)

    def handle(body: bytes) -> tuple[int, str]:
        assert under_way.acquire(blocking=False)
        try:
            time.sleep(0.01)  # long enough for one too many to come
            return accepting(body)
        finally:
            under_way.release()

    sending = Submitter(a_stack_whose_api(handle), submissions(*map(str, range(50))), parallel=3)
    sending.run()

    assert len(sending.answers) == 50


def test_who_gets_no_answer_is_told_so() -> None:
    def handle(body: bytes) -> tuple[int, str]:
        raise requests.ReadTimeout(body)

    sending = Submitter(a_stack_whose_api(handle), submissions("a"))
    sending.run()

    (one,) = sending.so_far()
    assert (one.answer.http_status, one.answer.message) == (NO_ANSWER, "ReadTimeout")
    assert one.outcome == "no answer"
    assert not one.accounted_for


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_with_what_was_under_way() -> None:
    def answered(submission: Submission, _: ApiResponse) -> None:
        if submission.body["n"] == 1:
            main = threading.main_thread().ident
            assert main
            # A signal just before a wait is seen only after it: send it again.
            assert any(interrupted(main) for _ in range(5))

    def interrupted(thread: int) -> bool:
        signal.pthread_kill(thread, signal.SIGINT)
        return sending.over.wait(2)

    stack = a_stack_whose_api(accepting)
    sending = Submitter(stack, submissions("a", "a", "a", "b"), parallel=1, answered=answered)

    with pytest.raises(KeyboardInterrupt):
        sending.run()

    assert [one.submission.body["n"] for one in sending.so_far()] == [0, 1]


def test_with_a_watch_who_shares_an_id_waits_until_the_one_before_was_told_of() -> None:
    seen_when_sent = list[set[str]]()

    def handle(body: bytes) -> tuple[int, str]:
        seen_when_sent.append({*watch.seen})
        return 202, json.dumps({"requestId": f"request-{json.loads(body)['n']}"})

    stack = a_stack_whose_api(handle)
    watch = Subscriber(stack, "https://sqs/watch")
    with answering(stack.sqs) as (sqs,):
        sqs.add_response("receive_message", {})
        told = {
            "MessageId": "m",
            "ReceiptHandle": "r",
            "Body": '{"requestId": "request-0", "status": "PROCESSED"}',
            "Attributes": {"SentTimestamp": "1000"},
        }
        sqs.add_response("receive_message", {"Messages": [told]})
        sqs.add_response("delete_message", {})
        Submitter(stack, submissions("a", "a")).run(watch)

    assert seen_when_sent == [set(), {"request-0"}]


def test_with_a_watch_a_refused_one_is_not_waited_for_and_patience_ends() -> None:
    def handle(body: bytes) -> tuple[int, str]:
        number = json.loads(body)["n"]
        return 400 if number == 1 else 202, json.dumps({"requestId": f"request-{number}"})

    stack = a_stack_whose_api(handle)
    sending = Submitter(stack, submissions("a", "a", "a"), patience=0)
    sending.run(Subscriber(stack, "https://sqs/watch"))

    assert [one.answer.http_status for one in sending.so_far()] == [202, 400, 202]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="There is no full device here.")
def test_submit_says_that_its_list_of_the_accepted_cannot_be_written_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = tmp_path / "stack.json"
    local.write_text(json.dumps(description()))
    monkeypatch.setattr(Stack, "http", a_stack_whose_api(accepting).http)

    result = CliRunner().invoke(
        cli,
        ["submit", "-", "--local", str(local), "--accepted", "/dev/full"],
        input='{"transactionId": "order-1"}',
    )

    assert result.exit_code == 2
    assert result.output == (
        "Error: --accepted: /dev/full cannot be written: No space left on device\n"
    )


def test_submit_waits_for_a_number_of_seconds(tmp_path: Path) -> None:
    local = tmp_path / "stack.json"
    local.write_text(json.dumps(description()))

    result = CliRunner().invoke(cli, ["submit", "-", "--local", str(local), "--timeout", "nan"])

    assert result.exit_code == 2
    assert "'--timeout': 'nan' must be a number from 1 to 86,400" in result.output
