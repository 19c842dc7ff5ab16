"""The journal's endpoint, its bounds, and its off switch."""

import itertools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from local import journal, lifecycle
from local.launch import ENGINE_PYTHON, ROOT, EngineError
from local.lifecycle import Engine
from tests.local.conftest import Function, MakeFunction

SECONDS = 60
CALLING = """
import boto3
s3 = boto3.client("s3")
def fail(depth):
    if not depth:
        raise ValueError("no " * 1_000)
    fail_below(depth)
def fail_below(depth):
    fail(depth - 1)
def handle(event, context):
    if isinstance(event, dict) and "depth" in event:
        fail(event["depth"])
    s3.list_buckets()
    s3.head_bucket(Bucket="absent")
"""


def in_the_engines_environment(code: str, **variables: str) -> tuple[int, str, str]:
    result = subprocess.run(
        [ENGINE_PYTHON, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **variables},
    )
    return result.returncode, result.stdout, result.stderr


@pytest.fixture(scope="module")
def calling(make_function: MakeFunction) -> Function:
    return make_function(CALLING)


@pytest.fixture
def url(engine: Engine) -> str:
    assert requests.delete(engine.endpoint_url + journal.PATH, timeout=SECONDS).status_code == 204
    return engine.endpoint_url


def of(function: Function, entries: list[journal.Entry]) -> list[journal.Entry]:
    return [one for one in entries if one.get("function") == function.name]


def test_a_denied_call_and_the_error_are_in_the_journal(url: str, calling: Function) -> None:
    error = {"errorType": "E", "requestId": "that of Lambda"}
    calling.invoke({"requestPayload": {"requestId": "outer"}, "responsePayload": error})

    entries = of(calling, journal.read(url))
    started, first, second, ended = entries
    assert [one["requestId"] for one in entries] == ["outer"] * 4
    assert started["cold"] is True
    assert started["initMilliseconds"] > 0
    assert [
        (one["service"], one["operation"], one["status"], one["code"], one["resource"])
        for one in (first, second)
    ] == [
        ("s3", "ListBuckets", 200, "", ""),
        ("s3", "HeadBucket", 403, "AccessDenied", "absent"),
    ]
    assert (ended["result"], ended["errorType"]) == ("error", "ClientError")
    assert ended["errorMessage"].startswith("An error occurred (403) when calling the HeadBucket")
    assert 's3.head_bucket(Bucket="absent")' in ended["stackTrace"][0]


def test_a_stream_has_what_was_kept_and_then_what_comes(url: str, calling: Function) -> None:
    calling.invoke({})
    kept = journal.read(url)
    stream = journal.follow(url, after=kept[0]["sequence"])

    before = list(itertools.islice(stream, len(kept) - 1))
    calling.invoke({})
    numbers = [one["sequence"] for one in itertools.islice(stream, 4)]

    assert before == kept[1:]
    assert numbers == list(range(kept[-1]["sequence"] + 1, kept[-1]["sequence"] + 5))


def test_a_stream_ends_where_there_is_no_engine() -> None:
    assert list(journal.follow("http://127.0.0.1:1")) == []


def test_an_event_source_goes_on_after_its_last_event(url: str, calling: Function) -> None:
    calling.invoke({})
    kept = journal.read(url)
    headers = {"Last-Event-ID": str(kept[1]["sequence"])}

    found = requests.get(url + journal.PATH, headers=headers, timeout=SECONDS)

    assert found.json() == kept[2:]


def test_a_number_of_an_earlier_engine_gives_all_entries(url: str, calling: Function) -> None:
    calling.invoke({})

    assert journal.read(url, after=10**9) == journal.read(url) != []


def test_a_malformed_number_is_rejected(url: str) -> None:
    response = requests.get(f"{url}{journal.PATH}?after=-1", timeout=SECONDS)

    assert (response.status_code, response.text) == (
        400,
        "after: must be a sequence number, 0 or more\n",
    )


def test_an_event_that_is_no_object_has_no_request(url: str, calling: Function) -> None:
    calling.invoke(["requestId"])

    assert {one["requestId"] for one in of(calling, journal.read(url))} == {""}


def test_keeps_as_many_entries_as_asked() -> None:
    code = (
        "from local.engine.journal import JOURNAL\n"
        "for number in range(5):\n"
        "    JOURNAL.record('queued', str(number))\n"
        "print([one['sequence'] for one in JOURNAL.after(0)])"
    )

    assert in_the_engines_environment(code, LOCAL_JOURNAL="3") == (0, "[3, 4, 5]\n", "")


def test_long_texts_and_tracebacks_are_cut_to_their_end(url: str, calling: Function) -> None:
    calling.invoke({"depth": 50})

    (*_, ended) = of(calling, journal.read(url))
    assert (ended["errorType"], len(ended["errorMessage"])) == ("ValueError", 1_000)
    assert len(ended["stackTrace"]) == 20
    assert 'raise ValueError("no " * 1_000)' in ended["stackTrace"][-1]


def test_is_off_without_a_trace_of_it() -> None:
    code = (
        "from localemu.aws.handlers import preprocess_request\n"
        "from local.engine import journal_events\n"
        "from local.engine.invocations import invocation_of, queued\n"
        "from local.engine.journal import JOURNAL\n"
        "from local.engine.sandbox import SandboxResult\n"
        "journal_events.watch_calls()\n"
        "print(preprocess_request.handlers)\n"
        "print(journal_events.record_queued(lambda event: 'encoded', None), queued)\n"
        "invocation = invocation_of('f', 'i', b'{\"requestId\": \"r\"}')\n"
        "print(invocation.traced('Root=1;Parent=2'))\n"
        "invocation.started(None, cold=False)\n"
        "invocation.ended(SandboxResult('result'), b'{}', is_error=False)\n"
        "print(JOURNAL.after(0))"
    )

    status, out, err = in_the_engines_environment(code, LOCAL_JOURNAL="0")

    assert (status, out, err) == (0, "[]\nencoded {}\nRoot=1;Parent=2\n[]\n", "")


def test_a_malformed_size_is_rejected_before_an_engine_starts(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as raised:
        lifecycle.start(tmp_path, settings={"LOCAL_JOURNAL": "-1"})

    assert str(raised.value) == (
        "LOCAL_JOURNAL='-1' must be a number of entries; 0 switches the journal off"
    )
    assert Engine.load(tmp_path) is None


def test_the_journal_forgets_events_whose_functions_are_gone() -> None:
    code = (
        "from local.engine import invocations\n"
        "invocations.MOST_QUEUED = 2\n"
        "for number in 'abc':\n"
        "    invocations.queue('f', number, b'{}')\n"
        "print(list(invocations.queued))"
    )

    assert in_the_engines_environment(code) == (0, "['c']\n", "")


def entries_of(*events: dict[str, Any]) -> Iterator[journal.Entry]:
    known = {"requestId": "r", "function": "f", "invocationId": "i", "time": 1_000.0}
    return ({**known, **event} for event in events)


def test_timelines_of_the_oldest_requests_are_dropped() -> None:
    timelines = journal.Timelines(most=2)
    for request in "abca":
        timelines.add(next(entries_of({"requestId": request, "event": "queued"})))

    assert [one.request_id for one in timelines] == ["c", "a"]


def test_an_entry_without_a_request_has_no_timeline() -> None:
    timelines = journal.Timelines()

    assert timelines.add(next(entries_of({"requestId": "", "event": "queued"}))) is None
    assert list(timelines) == []


def test_a_timeline_may_start_in_the_middle() -> None:
    timelines = journal.Timelines()
    for entry in entries_of({"event": "call"}, {"event": "retried", "seconds": 2}):
        timelines.add(entry)

    timeline = timelines.get("r")
    assert timeline is not None
    invocation = journal.Invocation("f", "i", retry_at=3_000.0)
    assert timeline == journal.Timeline("r", invocations={"i": invocation})
    assert not invocation.ended
