"""The dev loop: `pipeline dev` deploys, later sessions go on with its state.

The tests run in order, each on the state that the one before left: an engine takes long to start.
"""

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from local import dev, journal, snapshots, state
from local.dev import Session
from local.launch import ROOT, EngineError, free_port
from local.lifecycle import Engine
from local.records import Records
from local.snapshots import SnapshotError
from local.state import Saved, Versions
from ops.evidence import receive_dead_letters
from ops.outcomes import outcomes_of
from ops.stack import Stack
from ops.submission import submit
from ops.transaction import a_body
from tests.local.dap import Debugger
from tests.polling import eventually
from tests.unit.stacks import a_stack
from tests.untraced import environment

SECONDS = 240
PIPELINE = Path(sys.executable).with_name("pipeline")
SOURCES = ("build_template.py", "diagram", "src", "template", "template.yaml")
HELD = "record_in = destination.record_of(event)"
"""The first line of the processor's handler."""


DEBUGGED = ["processor"] if dev.DEBUGGER.exists() else []


def fixed_port() -> int:
    """Return a free port below those that the system gives to clients, so that it stays free."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(EngineError):
            return free_port(port)
    raise AssertionError("no port is free")


class Loop:
    """The folder of a local AWS, its fixed ports, and a copy of the sources to edit."""

    def __init__(self, folder: Path) -> None:
        self.home, self.root = folder / "home", folder / "tree"
        self.port, self.debugger_port = fixed_port(), fixed_port()
        for name in SOURCES:
            source, target = ROOT / name, self.root / name
            target.parent.mkdir(exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        self.session: Session
        self.said: list[str] = []

    @property
    def stack(self) -> Stack:
        return Stack.local(self.home / "stack.json")

    def start(self, *stages: str) -> None:
        ports = dict.fromkeys(stages, self.debugger_port)
        self.session = Session(self.home, self.port, self.root, ports)
        self.said = [*self.session.start()]

    def wait(self, condition: Callable[[], object]) -> None:
        """Let the session act on what happened until the condition is true."""

        def met() -> bool:
            self.said += self.session.changes()
            return bool(condition())

        eventually(met, SECONDS)

    def edit(self, name: str, before: str, after: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after, 1), encoding="utf-8")

    def submit(self, transaction_id: str) -> str:
        response = submit(self.stack, a_body(transactionId=transaction_id))
        assert response.accepted, response
        return response.request_id

    def status(self, request_id: str) -> str | None:
        found = outcomes_of(self.stack, [request_id]).get(request_id)
        return found.status if found else None

    def validate(self) -> Any:
        """Invoke the validator with a body that is rejected, and return its reason."""
        function = self.stack.stage("validator").function_name
        event = json.loads((ROOT / "events/gateway_to_validator.json").read_text())
        event["transaction"]["currency"] = "XXX"
        response = self.stack.functions.invoke(FunctionName=function, Payload=json.dumps(event))
        return json.loads(response["Payload"].read())["reason"]

    def identity(self) -> tuple[str, str, str]:
        stack = self.stack
        return stack.api_endpoint, stack.api_key, stack.outputs.api_key_id


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    made = Loop(tmp_path_factory.mktemp("dev"))
    yield made
    if engine := Engine.load(made.home):
        made.session.stop()
        assert engine.process() is None


@pytest.fixture(scope="module")
def held(loop: Loop) -> Iterator[tuple[Debugger, str]]:
    """Yield the debugger of the processor, which holds an event, and the event's request ID."""
    if not dev.DEBUGGER.exists():
        pytest.skip("the debugger's environment is missing; create it with: make .venv-debug/ready")
    source = loop.root / "src/processor/processor.py"
    line = 1 + source.read_text().splitlines().index(f"    {HELD}")
    request_id = loop.submit("held")
    function = loop.stack.stage("processor").function_name
    expected = {"event": "started", "function": function, "requestId": request_id}.items()
    url = loop.session.engine.endpoint_url
    # From then on, the event waits for the debugger; a process with older code is gone.
    eventually(lambda: any(expected <= entry.items() for entry in journal.read(url)), SECONDS)
    debugger = Debugger(loop.debugger_port)
    debugger.attach(str(source), line)
    yield debugger, request_id
    debugger.close()


def test_a_fresh_session_discards_another_state_and_survives_the_death_of_its_engine(
    loop: Loop,
) -> None:
    manifest = state.folder_of(loop.home) / state.MANIFEST
    Saved(Versions("of another engine", "of another template"), a_stack()).write(manifest.parent)
    manifest.write_text("{}")
    (discarded := manifest.with_name("discarded")).touch()
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [PIPELINE, "dev", "--fresh", "--home", loop.home, "--port", str(loop.port)],
        stdout=pipe,
        stderr=pipe,
        text=True,
        cwd=ROOT,
        env=environment(),
    ) as process:
        eventually((loop.home / "stack.json").exists, SECONDS)
        assert not discarded.exists()
        before = loop.identity()
        request_id = loop.submit("first")
        eventually(lambda: loop.status(request_id) == "PROCESSED", SECONDS)
        ended = time.time()
        eventually(lambda: manifest.exists() and manifest.stat().st_mtime > ended, SECONDS)
        with state.exclusive(loop.home):  # a save that began earlier is repeated
            psutil.Process(loop.stack.pid).kill()
        printed, errors = process.communicate(timeout=SECONDS)

    assert (process.returncode, errors.partition(":")[0]) == (2, "Error")
    assert "Serving. Press Ctrl-C to stop.\n" in printed
    assert "  first " in printed
    loop.start(*DEBUGGED)
    assert loop.said == []
    assert loop.identity() == before
    assert loop.status(request_id) == "PROCESSED"
    function = loop.stack.stage("processor").function_name
    logged = loop.stack.logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    assert [event for event in logged if request_id in event["message"]]


def test_a_saved_handler_is_live_at_the_next_invocation(loop: Loop) -> None:
    before = loop.validate()
    assert before.startswith("currency: must be ")
    handler, wording = "src/validator/validator.py", 'f"currency: must be '

    # Of the same size and within a second, which bytecode would not notice.
    for word in ("MUST", "must"):
        loop.edit(handler, wording, f'f"currency: {word} be ')
        assert loop.validate() == before.replace("must", word, 1)
        wording = f'f"currency: {word} be '

    loop.said = []
    loop.wait(lambda: loop.said)
    assert loop.said == [f"{handler}: live at the next invocation"]
    assert not [*loop.root.glob("src/**/__pycache__")]


def test_a_syntax_error_is_shown_with_its_line_and_a_broken_template_with_its_error(
    loop: Loop,
) -> None:
    loop.said = []
    handler, settings = "src/notifier/notifier.py", "template/settings.py"
    texts = {name: (loop.root / name).read_text() for name in (handler, settings)}
    (loop.root / handler).write_text("\n\ndef handle(:\n")
    (loop.root / settings).write_text("raise ValueError('no settings today')\n")
    pid = loop.stack.pid

    loop.wait(lambda: len(loop.said) > 2)

    assert loop.said[:2] == [f"{handler}:3: invalid syntax", f"{settings}: changed"]
    assert loop.said[2].endswith(
        "ValueError: no settings today\nbuild_template.py failed; the old stack goes on"
    )
    for name, text in texts.items():
        (loop.root / name).write_text(text)
    loop.wait(lambda: f"{handler}: live at the next invocation" in loop.said)
    assert loop.stack.pid == pid


def test_a_debugger_steps_through_a_post_while_nothing_times_out_or_retries(
    loop: Loop, held: tuple[Debugger, str]
) -> None:
    debugger, request_id = held

    stopped = debugger.event("stopped")
    thread = stopped["threadId"]
    frame = debugger.top_frame(thread)
    assert (stopped["reason"], frame["name"]) == ("breakpoint", "lambda_handler")
    debugger.ask("next", threadId=thread)
    assert debugger.event("stopped")["reason"] == "step"
    after = debugger.top_frame(thread)
    assert after["line"] == frame["line"] + 1
    expression = "record_in['responsePayload']['transactionId']"
    found = debugger.ask("evaluate", expression=expression, frameId=after["id"])
    assert found["result"] == "'held'"
    assert loop.status(request_id) is None


def test_a_snapshot_brings_back_the_data_without_events_in_progress(
    loop: Loop, held: tuple[Debugger, str]
) -> None:
    debugger, request_id = held
    stage = loop.stack.stage("validator")
    url = loop.stack.sqs.get_queue_url(QueueName=stage.queue_name)["QueueUrl"]
    loop.stack.sqs.send_message(
        QueueUrl=url,
        MessageBody="{}",
        MessageAttributes={"ErrorMessage": {"DataType": "String", "StringValue": "planted"}},
    )
    bucket = loop.stack.outputs.bucket_name
    loop.stack.s3.put_object(Bucket=bucket, Key="twice", Body=b"1", Metadata={"version": "1"})
    loop.stack.s3.put_object(Bucket=bucket, Key="twice", Body=b"2", Metadata={"version": "2"})
    before, identity = Records.read(loop.stack), loop.identity()
    saved = snapshots.save(loop.home, "held")
    debugger.ask("continue", threadId=1)
    loop.wait(lambda: loop.status(request_id) == "PROCESSED")
    with receive_dead_letters(loop.stack, stage) as messages:
        assert [message.error for message in messages] == ["planted"]
    loop.stack.sqs.purge_queue(QueueUrl=url)

    with ThreadPoolExecutor(1) as pool:
        restored = pool.submit(snapshots.restore, loop.home, "held", loop.root / "template.yaml")
        loop.wait(restored.done)
    restored.result()

    assert [one.name for one in snapshots.snapshots(loop.home)] == [saved.name] == ["held"]
    assert Records.read(loop.stack) == before
    assert loop.identity() == identity
    assert loop.status(request_id) is None
    with receive_dead_letters(loop.stack, stage) as messages:
        assert [message.error for message in messages] == ["planted"]


def test_a_changed_template_is_deployed_to_a_fresh_engine_with_the_records(loop: Loop) -> None:
    loop.said = []
    before, identity, pid = Records.read(loop.stack), loop.identity(), loop.stack.pid
    loop.edit("template/settings.py", "int_setting(512, ", "int_setting(640, ")

    loop.wait(lambda: len(loop.said) > 2)

    tables = loop.stack.outputs.table_name, loop.stack.outputs.outcomes_table_name
    bucket = loop.stack.outputs.bucket_name
    assert loop.said == [
        "template/settings.py: changed",
        "template.yaml changed: deploying to a fresh engine",
        f"Deployed; carried over: 1 in {tables[0]}, 1 in {tables[1]}, 3 in {bucket}",
    ]
    assert Records.read(loop.stack) == before
    assert loop.identity() == identity
    function = loop.stack.stage("validator").function_name
    settings = loop.stack.functions.get_function_configuration(FunctionName=function)
    assert settings["MemorySize"] == 640
    assert loop.stack.pid != pid


def test_a_template_that_cannot_be_deployed_leaves_the_old_stack(loop: Loop) -> None:
    loop.said = []
    before, identity = Records.read(loop.stack), loop.identity()
    loop.edit("template.yaml", "Type: AWS::SNS::Topic\n", "Type: AWS::SNS::TopicOfNoUse\n")

    loop.wait(lambda: len(loop.said) > 1)

    assert loop.said[1].endswith("; the old stack goes on")
    assert Records.read(loop.stack) == before
    assert loop.identity() == identity


def test_a_snapshot_of_another_template_is_refused(loop: Loop) -> None:
    with pytest.raises(SnapshotError) as raised:
        snapshots.restore(loop.home, "held", loop.root / "template.yaml")

    assert str(raised.value).startswith("The snapshot held belongs to another template.yaml (")
    assert str(raised.value).endswith("; check out the commit that it was saved with")


def test_an_exit_saves_the_state(loop: Loop) -> None:
    began = time.time()

    loop.session.stop()

    saved = state.Saved.read(state.folder_of(loop.home))
    assert saved is not None
    assert (state.folder_of(loop.home) / state.MANIFEST).stat().st_mtime > began
    assert saved.stack.api_key
    assert Engine.load(loop.home) is None
