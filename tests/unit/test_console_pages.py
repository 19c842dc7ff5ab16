"""The pages: what keeps others out, what is shown of hostile data, what an error says."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from console.app import create_app
from console.console import Console
from console.source import DEAD, Source
from ops.stack import Stack, StackUnavailable
from tests.unit.console_entries import FIRST, Journal, ReadSource
from tests.unit.stacks import a_stack, stubbing

HOST = "127.0.0.1:8080"
ORIGIN = f"http://{HOST}"
HOSTILE = '"><script>alert(1)</script>'
ESCAPED = "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"


class Pages:
    """A console without an engine, and a client of its application."""

    def __init__(self, source: Source, stack: Stack, *, read_only: bool = False) -> None:
        self.loaded: list[Stack | Exception] = []
        self.stack = stack
        self.console = Console(self._load, read_only=read_only, source_of=lambda _: source)
        self.client = create_app(self.console, {HOST}).test_client()

    def _load(self) -> Stack:
        if self.loaded and isinstance(self.loaded[0], Exception):
            raise self.loaded[0]
        return self.stack

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=ORIGIN, headers=headers)

    def post(self, path: str, *, token: str | None = None, **fields: str) -> TestResponse:
        token = self.console.token if token is None else token
        data = {**fields, "token": token}
        return self.client.post(path, base_url=ORIGIN, data=data, headers={"Origin": ORIGIN})


def pages(*entries: Any, read_only: bool = False) -> Pages:
    stack = a_stack()
    return Pages(ReadSource(stack, entries), stack, read_only=read_only)


def sentence(response: TestResponse) -> str:
    """Return the problem that a page shows, which is all that it says."""
    text = response.get_data(as_text=True)
    assert "Traceback" not in text
    return text.partition('class="problem" role="alert">')[2].partition("</p>")[0]


class DeadSource(ReadSource):
    """An engine that does not respond until it is alive."""

    alive = False

    def poll(self) -> bool:
        if not self.alive:
            raise StackUnavailable(DEAD)
        return False


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1:9", "evil.test:8080", "localhost"])
def test_another_host_is_refused(host: str) -> None:
    response = pages().client.get("/transactions", base_url=f"http://{host}")
    assert response.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "https://127.0.0.1:8080", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_origin_is_refused_even_with_the_token(method: str, origin: str) -> None:
    opened = pages()
    response = opened.client.open(
        "/send",
        method=method,
        base_url=ORIGIN,
        data={"token": opened.console.token, "body": "{}"},
        headers={"Origin": origin},
    )
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert sentence(response) == (
        "The request comes from another page. Use the console&#39;s own buttons."
    )


@pytest.mark.parametrize(
    "path",
    [
        "/send",
        "/dead-letters/validator/redrive",
        "/dead-letters/validator/discard",
        "/faults",
        "/faults/remove",
    ],
)
def test_every_write_needs_the_token_and_none_is_read_only(path: str) -> None:
    for wrong in ("", "guess", "é"):
        refused = pages().post(path, token=wrong)
        assert refused.status_code == HTTPStatus.FORBIDDEN
        assert "earlier console" in sentence(refused)
    assert sentence(pages(read_only=True).post(path)) == (
        "The console is read-only. Start it without --read-only to change something."
    )
    assert pages().get(path.removesuffix("/remove")).status_code != HTTPStatus.FORBIDDEN


def test_a_read_only_page_has_no_button_that_writes() -> None:
    page = pages(read_only=True).get("/send").get_data(as_text=True)
    assert "<button" not in page
    assert "read-only" in page


def test_each_response_forbids_inline_scripts_frames_and_other_origins() -> None:
    for path in ("/transactions", "/nothing", "/static/console.js"):
        with pages().get(path) as response:
            policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
    assert pages().get("/transactions").headers["Cache-Control"] == "no-store"


def test_hostile_ids_and_reasons_are_text() -> None:
    on = Journal()
    opened = pages(
        on.accepted(HOSTILE, HOSTILE),
        on.started(HOSTILE, FIRST),
        on.ended(HOSTILE, FIRST, result="error", errorType=HOSTILE, errorMessage=HOSTILE),
        on.of("exhausted", HOSTILE, FIRST, errorType=HOSTILE, errorMessage=HOSTILE),
    )
    configuration = {"FunctionName": "f", "MemorySize": 512, "Architectures": ["arm64"]}
    with stubbing(opened.stack.functions) as (functions,):
        for _ in opened.stack.stages:
            functions.add_response("get_function_configuration", configuration)
        shown = [
            opened.get("/transactions"),
            opened.get(f"/transactions?id={HOSTILE}&status={HOSTILE}&minutes={HOSTILE}"),
            opened.get(f"/transactions/{HOSTILE}"),
        ]
    for response in shown:
        text = response.get_data(as_text=True)
        assert response.status_code == HTTPStatus.OK
        assert "<script>" not in text
        assert ESCAPED in text


def test_a_card_like_id_is_masked_and_the_key_is_never_whole() -> None:
    on = Journal()
    opened = pages(on.accepted("a", "4111-1111-1111-1111"))
    assert "4111" not in opened.get("/transactions").get_data(as_text=True)
    key = "0123456789abcdefghij"
    keyed = Stack(opened.stack.outputs, "http://127.0.0.1:9/", key, opened.stack.connection)
    page = Pages(ReadSource(keyed), keyed).get("/send").get_data(as_text=True)
    assert "0123…" in page
    assert key not in page


def test_a_dead_engine_is_one_sentence_until_it_is_back() -> None:
    stack = a_stack()
    source = DeadSource(stack)
    opened = Pages(source, stack)

    dead = [opened.get(path) for path in ("/", "/map.svg", "/dead-letters", "/faults")]
    listed = opened.get("/transactions")
    source.alive = True
    back = opened.get("/send?example=nothing")

    assert {(one.status_code, sentence(one)) for one in dead} == {(503, DEAD)}
    assert all('http-equiv="refresh"' in one.get_data(as_text=True) for one in dead)
    assert listed.status_code == HTTPStatus.OK  # what was read before is still shown
    assert back.status_code == HTTPStatus.NOT_FOUND


def test_a_stack_without_stages_is_one_sentence() -> None:
    stack = a_stack()
    opened = Pages(DeadSource(stack), stack)
    problem = "x: the deployed template has no output that names its stages; deploy it again"
    opened.loaded = [StackUnavailable(problem)]
    assert sentence(opened.get("/")) == problem


def test_a_replaced_engine_is_shown_once_it_is_there() -> None:
    stack, other = a_stack(), Stack(a_stack().outputs, "http://other", "key", {}, "other")
    opened = Pages(DeadSource(stack), stack)
    opened.stack = other
    opened.get("/transactions")
    assert opened.console.shown.stack is other


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException"])
def test_an_expired_session_is_one_sentence_and_ends_with_the_next_sign_in(code: str) -> None:
    renewed = a_stack()
    # The queues of more than one stage are read in any order.
    stack = replace(renewed, outputs=replace(renewed.outputs, stages=renewed.stages[:1]))
    opened = Pages(ReadSource(stack), stack)
    with stubbing(stack.sqs) as (sqs,):
        sqs.add_client_error("get_queue_url", code, "secret details")
        opened.stack = renewed
        response = opened.get("/dead-letters")
    assert (response.status_code, sentence(response)) == (
        HTTPStatus.BAD_GATEWAY,
        "The AWS session has expired. Sign in again; this page then comes back by itself.",
    )
    assert opened.console.shown.stack is renewed


def test_other_errors_of_aws_are_one_sentence() -> None:
    opened = pages()
    with stubbing(opened.stack.cloudformation) as (cloudformation,):
        cloudformation.add_client_error("get_template", "AccessDenied", "no <b>")
        response = opened.get("/map.svg")
    assert sentence(response) == (
        "AWS responded with an error: An error occurred (AccessDenied) when calling the "
        "GetTemplate operation: no &lt;b&gt;"
    )


class BrokenSource(ReadSource):
    """A source with a bug."""

    def page(self, query: object) -> Any:
        raise ZeroDivisionError(f"{HOSTILE} {query}")


def test_a_bug_is_one_sentence_and_its_traceback_stays_in_the_terminal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stack = a_stack()
    response = Pages(BrokenSource(stack), stack).get("/transactions")
    assert (response.status_code, sentence(response)) == (
        500,
        "The console failed with ZeroDivisionError; its terminal shows where.",
    )
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/nothing", 404, "The requested URL was not found"),
        ("/send?example=x", 404, "There is no example &#39;x&#39;. Choose one of the list."),
        ("/dead-letters/x/traceback/y", 503, "&#39;x&#39; is not a stage of the stack; it has"),
        ("/faults/remove", 405, "The method is not allowed"),
    ],
)
def test_a_wrong_address_is_one_sentence(path: str, status: int, problem: str) -> None:
    response = pages().get(path)
    assert response.status_code == status
    assert sentence(response).startswith(problem)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "line 1, column 1: Expecting value."),
        ('{"a": 1} 2', "line 1, column 10: Extra data."),
        ("{,}", "line 1, column 2: Expecting property name enclosed in double quotes."),
        ("[" * 100_000, "too deeply nested to send."),
    ],
)
def test_a_body_that_is_not_json_is_not_sent_and_not_lost(body: str, problem: str) -> None:
    response = pages().post("/send", body=body)
    assert sentence(response) == f"The transaction was not sent: {problem}"
    assert body.replace('"', "&#34;") in response.get_data(as_text=True)


def test_an_unanswered_submission_is_told_as_such() -> None:
    response = pages().post("/send", body='{"transactionId": "a"}')
    assert "no answer" in response.get_data(as_text=True)
    assert "Connection refused" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "fields", "notice"),
    [
        ("validator/discard", {"name": "all"}, "Name: must be validator. Nothing was deleted."),
        (
            "validator/discard",
            {"id": "a"},
            "validator: there is no such dead-letter message. Nothing was deleted.",
        ),
        ("validator/redrive", {"id": "a"}, "validator: 0 dead-letter messages redriven."),
    ],
)
def test_what_was_not_done_is_one_sentence(path: str, fields: dict[str, str], notice: str) -> None:
    opened = pages()
    with stubbing(opened.stack.sqs) as (sqs,):
        if "id" in fields:
            sqs.add_response("get_queue_url", {"QueueUrl": "q"})
            if "redrive" in path:
                sqs.add_response("get_queue_url", {"QueueUrl": "q"})
            sqs.add_response("receive_message", {})
        response = opened.post(f"/dead-letters/{path}", **fields)
    name = response.headers["Location"].partition("notice=")[2]
    assert opened.console.notice(name) == notice


def test_an_empty_id_does_not_mean_all() -> None:
    response = pages().post("/dead-letters/validator/redrive", id="")
    assert (response.status_code, sentence(response)) == (
        400,
        "id: is empty. Use the buttons of the page.",
    )


def events(response: TestResponse) -> Iterator[str]:
    for chunk in response.response:
        yield chunk.decode() if isinstance(chunk, bytes) else str(chunk)


def test_a_stream_sends_each_change_and_says_what_is_wrong() -> None:
    on, stack = Journal(), a_stack()
    source = DeadSource(stack)
    opened = Pages(source, stack)
    stream = events(opened.get("/live/transactions"))
    first = next(stream)
    source.alive = True
    source._activity.add([on.accepted("a", "order-7")])  # noqa: SLF001 - as a poll would
    second = next(stream)
    opened.console.close()

    assert "No transaction matches" in first
    assert all(line.startswith("data: ") for line in first.strip().splitlines())
    assert "order-7" in second
    assert [*stream] == []

    opened = Pages(DeadSource(stack), stack)
    stream = events(opened.get("/live/map"))
    assert next(stream) == f'data: <p class="problem" role="alert">{DEAD}</p>\n\n'
    opened.console.close()


def test_a_hundred_thousand_transactions_are_read_page_by_page_and_quickly() -> None:
    entry = {"event": "accepted", "status": 202, "milliseconds": 1.0, "time": 1.0}
    opened = pages(
        *(
            {**entry, "sequence": n + 1, "requestId": f"r{n}", "transactionId": f"order-{n}"}
            for n in range(100_000)
        )
    )
    start = time.process_time()
    page = opened.get("/transactions").get_data(as_text=True)
    older = page.partition('href="/transactions?before=')[2].partition('"')[0]
    following = opened.get(f"/transactions?before={older}").get_data(as_text=True)
    assert "No transaction matches" in opened.get("/transactions?id=x").get_data(as_text=True)
    assert time.process_time() - start < 2

    assert page.count("<tr>") == following.count("<tr>") == 51
    assert ("order-99950<" in page, "order-99949<" in following) == (True, True)
    assert len(page) < 50_000


def test_a_body_that_is_sent_again_is_the_last_one_that_was_accepted() -> None:
    opened = pages()
    opened.console.last_sent = {"transactionId": "order-9", "amount": 1}
    page = opened.get("/send?example=conflict").get_data(as_text=True)
    body = page.partition("required>")[2].partition("</textarea>")[0].replace("&#34;", '"')
    assert json.loads(body) == {"transactionId": "order-9", "amount": 200}


def test_unknown_parameters_of_an_address_change_nothing() -> None:
    on = Journal()
    strange = "endpoint=x&_external=1&_scheme=javascript&_method=x&_anchor=x&before=7&minutes=1e9"
    entries = [on.accepted(f"r{number}") for number in range(60)]
    page = pages(*entries).get(f"/transactions?{strange}").get_data(as_text=True)
    assert "javascript" not in page
    assert page.count("<tr>") == 7


def test_a_traceback_is_shown_with_short_paths() -> None:
    opened = pages()
    frames = [
        f'  File "/x/code/{HOSTILE}/processor.py", line 1\n',
        '  File "/y/site-packages/z.py"',
    ]
    with stubbing(opened.stack.logs) as (logs,):
        events = [{"message": json.dumps({"stackTrace": frames})}]
        logs.add_response("filter_log_events", {"events": events})
        logs.add_response("filter_log_events", {"events": []})
        found = opened.get("/dead-letters/processor/traceback/i-1").get_data(as_text=True)
        none = opened.get("/dead-letters/processor/traceback/i-1").get_data(as_text=True)
    assert f"File &#34;{ESCAPED}/processor.py&#34;" in found
    assert "File &#34;z.py&#34;" in found
    assert "<script>" not in found
    assert "logged no traceback" in none


def test_messages_that_cannot_be_saved_are_not_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "removed"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    opened = pages()
    message = {"MessageId": "m", "ReceiptHandle": "r", "Body": "not JSON"}
    with stubbing(opened.stack.sqs) as (sqs,):
        sqs.add_response("get_queue_url", {"QueueUrl": "q"})
        sqs.add_response("receive_message", {"Messages": [message]})
        sqs.add_response("receive_message", {})
        sqs.add_response("change_message_visibility_batch", {"Successful": [], "Failed": []})
        response = opened.post("/dead-letters/validator/discard", id="m")
    name = response.headers["Location"].partition("notice=")[2]
    assert opened.console.notice(name).endswith(
        "cannot be written: No such file or directory. Nothing was deleted."
    )
