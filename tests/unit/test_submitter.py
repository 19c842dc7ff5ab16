"""Submissions run in parallel, but in order for the same ID."""

import io
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from requests.adapters import BaseAdapter

from cli.main import cli
from cli.options import ProgressLines
from ops import submitter
from ops.input_files import JsonNumber, Submission
from ops.stack import Stack
from ops.submission import NO_RESPONSE, SHOWN, ApiResponse, submit
from ops.submitter import PARALLEL, Submitter
from tests.unit.stacks import a_local_file, a_stack

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
def test_a_response_that_is_not_the_apis_is_returned_unchanged(content: str) -> None:
    response = submit(a_stack_whose_api(lambda _: (502, content)), {})

    assert (response.http_status, response.request_id, response.message) == (502, "", content)
    assert not response.accepted
    assert not response.is_client_error


def test_results_are_in_the_order_of_the_submissions() -> None:
    received = list[tuple[Any, str]]()

    def on_response(submission: Submission, response: ApiResponse) -> None:
        received.append((submission.body["n"], response.request_id))

    submitter = Submitter(
        a_stack_whose_api(accepting), submissions("a", "b", "c"), on_response=on_response
    )
    submitter.run()

    assert sorted(received) == [(0, "request-a"), (1, "request-b"), (2, "request-c")]
    assert [(one.submission.body["n"], one.response.request_id) for one in submitter.so_far()] == [
        (0, "request-a"),
        (1, "request-b"),
        (2, "request-c"),
    ]


def test_submissions_with_one_id_keep_their_order_and_do_not_block_others() -> None:
    arrived = list[int]()
    both = threading.Barrier(2, timeout=10)

    def handle(body: bytes) -> tuple[int, str]:
        content = json.loads(body)
        arrived.append(content["n"])
        if content["n"] in {0, 2}:
            both.wait()  # the first of "same" and that of "other" are in progress together
        return accepting(body)

    Submitter(
        a_stack_whose_api(handle), submissions("same", "same", "other", "same"), parallel=2
    ).run()

    assert [n for n in arrived if n != 2] == [0, 1, 3]
    assert sorted(arrived[:2]) == [0, 2]


def test_limits_the_requests_in_progress() -> None:
    in_progress = threading.Semaphore(3)

    def handle(body: bytes) -> tuple[int, str]:
        assert in_progress.acquire(blocking=False)
        try:
            time.sleep(0.01)  # long enough for one too many to arrive
            return accepting(body)
        finally:
            in_progress.release()

    submitter = Submitter(a_stack_whose_api(handle), submissions(*map(str, range(50))), parallel=3)
    submitter.run()

    assert len(submitter.results) == 50


def test_a_request_without_a_response_is_unconfirmed() -> None:
    def handle(body: bytes) -> tuple[int, str]:
        raise requests.ReadTimeout(body) from TimeoutError("timed out")

    submitter = Submitter(a_stack_whose_api(handle), submissions("a"))
    submitter.run()

    (one,) = submitter.so_far()
    assert (one.response.http_status, one.response.message) == (NO_RESPONSE, "timed out")
    assert one.outcome == "no answer"
    assert not one.accounted_for


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_for_the_requests_in_progress() -> None:
    def on_response(submission: Submission, _: ApiResponse) -> None:
        if submission.body["n"] == 1:
            main = threading.main_thread().ident
            assert main
            # A signal just before a wait is seen only after it: send it again.
            assert any(interrupted(main) for _ in range(5))

    def interrupted(thread: int) -> bool:
        signal.pthread_kill(thread, signal.SIGINT)
        return submitter.over.wait(2)

    stack = a_stack_whose_api(accepting)
    submitter = Submitter(
        stack, submissions("a", "a", "a", "b"), parallel=1, on_response=on_response
    )

    with pytest.raises(KeyboardInterrupt):
        submitter.run()

    assert [one.submission.body["n"] for one in submitter.so_far()] == [0, 1]


def test_a_submission_waits_until_the_previous_one_with_its_id_is_settled() -> None:
    settled = set[str]()
    settled_when_sent = list[set[str]]()

    def handle(body: bytes) -> tuple[int, str]:
        settled_when_sent.append({*settled})
        return 202, json.dumps({"requestId": f"request-{json.loads(body)['n']}"})

    submitter = Submitter(a_stack_whose_api(handle), submissions("a", "a"))
    later = threading.Timer(0.2, settled.add, ["request-0"])
    later.start()
    submitter.run(settled)
    later.join()

    assert settled_when_sent == [set(), {"request-0"}]


def test_a_client_error_needs_no_wait_and_the_wait_ends() -> None:
    def handle(body: bytes) -> tuple[int, str]:
        number = json.loads(body)["n"]
        return 400 if number == 1 else 202, json.dumps({"requestId": f"request-{number}"})

    stack = a_stack_whose_api(handle)
    submitter = Submitter(stack, submissions("a", "a", "a"), patience=0)
    submitter.run(settled=set())

    assert [one.response.http_status for one in submitter.so_far()] == [202, 400, 202]
    assert submitter.accepted() == {"request-0", "request-2"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="There is no full device here.")
def test_submit_reports_that_the_accepted_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stack, "http", a_stack_whose_api(accepting).http)

    result = CliRunner().invoke(
        cli,
        ["submit", "-", "--local", a_local_file(tmp_path), "--accepted", "/dev/full"],
        input='{"transactionId": "order-1"}',
    )

    assert result.exit_code == 2
    assert result.output == (
        "Error: --accepted: /dev/full cannot be written: No space left on device\n"
    )


def lines(*entries: object) -> str:
    return "\n".join(map(json.dumps, entries))


@pytest.mark.parametrize(
    ("text", "exit_code"),
    [
        (lines({"transactionId": "refused"}, {"transactionId": "refused-too"}), 1),
        (lines({"transactionId": "refused"}, {"transactionId": "a"}), 0),
        (lines({"expect": "400", "body": {"transactionId": "refused"}}), 0),
        (lines({"expect": "403", "body": {"transactionId": "refused"}}), 1),
    ],
)
def test_submit_fails_if_nothing_was_accepted_and_that_was_not_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, exit_code: int
) -> None:
    def handle(body: bytes) -> tuple[int, str]:
        return (400, "{}") if b"refused" in body else accepting(body)

    monkeypatch.setattr(Stack, "http", a_stack_whose_api(handle).http)

    result = CliRunner().invoke(cli, ["submit", "-", "--local", a_local_file(tmp_path)], input=text)

    assert result.exit_code == exit_code


def test_without_a_terminal_lines_on_standard_error_show_the_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stack, "http", a_stack_whose_api(accepting).http)
    monkeypatch.setattr(ProgressLines, "seconds", 0.0)
    arguments = ["submit", "-", "--local", a_local_file(tmp_path), "--parallel", "1"]
    text = lines(*({"transactionId": one} for one in "abc"))

    runner = CliRunner(mix_stderr=False)
    result = runner.invoke(cli, arguments, input=text)

    assert result.stderr.splitlines() == [f"submitting: {count} of 3" for count in (1, 2, 3)]
    assert result.stdout == "3 submitted: 3 accepted, 0 client errors.\n"
    assert runner.invoke(cli, [*arguments, "--json"], input=text).stderr == ""


def test_submit_waits_for_a_number_of_seconds(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli, ["submit", "-", "--local", a_local_file(tmp_path), "--timeout", "nan"]
    )

    assert result.exit_code == 2
    assert "'--timeout': 'nan' must be a number from 1 to 86,400" in result.output


def test_reads_no_more_than_a_window_ahead_of_the_responses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(submitter, "WINDOW", 20)
    drawn, ahead = 0, 0

    def many() -> Iterator[Submission]:
        nonlocal drawn, ahead
        for drawn in range(1, 101):
            ahead = max(ahead, drawn - responses)
            yield Submission({"transactionId": f"order-{drawn % 30}"})

    responses = 0
    lock = threading.Lock()

    def on_response(*_: object) -> None:
        nonlocal responses
        with lock:
            responses += 1

    submitting = Submitter(
        a_stack_whose_api(accepting), many(), on_response=on_response, keeps_results=False
    )
    submitting.run()

    assert responses == 100
    assert ahead <= 20 + PARALLEL
    assert submitting.results == {}


def test_lists_the_first_ids_of_a_reason_and_counts_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stack, "http", a_stack_whose_api(lambda _: (400, "{}")).http)
    text = lines(*({"transactionId": f"order-{number}"} for number in range(SHOWN + 2)))

    arguments = ["submit", "-", "--local", a_local_file(tmp_path), "--parallel", "1"]
    result = CliRunner(mix_stderr=False).invoke(cli, arguments, input=text)

    assert result.exit_code == 1
    assert result.stdout.endswith(
        f"order-{SHOWN - 1} and 2 more\n102 submitted: 0 accepted, 102 client errors.\n"
    )
