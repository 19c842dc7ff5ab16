"""Lambda's guarantees to a function, provided by a process."""

import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import psutil
import pytest

from local.lifecycle import Engine
from tests.local.conftest import Function, MakeFunction
from tests.polling import eventually

ECHO = """
import os, subprocess, sys, time

PID = os.getpid()

def handle(event, context):
    command, argument = event or ("pid", None)
    if command == "pid":
        return PID
    if command == "print":
        print(argument)
        print(argument, file=sys.stderr)
    if command == "sleep":
        time.sleep(argument)
        return PID
    if command == "exit":
        os._exit(argument)
    if command == "raise":
        raise ValueError(argument)
    if command == "kill":
        os.kill(PID, argument)
    if command == "child":
        return subprocess.Popen(["sleep", "600"]).pid
    if command == "size":
        return "x" * argument
    if command == "folder":
        open("/".join([os.environ["TMPDIR"], "left"]), "w").close()
        return os.environ["TMPDIR"]
"""
# LC_CTYPE is set by Python itself, from LANG.
VARIABLES = {
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_EXECUTION_ENV"),
    *("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME"),
    *("AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"),
    *("AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS"),
    *("DECLARED", "HOME", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "LC_CTYPE", "PATH"),
    *("TMPDIR", "TZ", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER"),
    "_X_AMZN_TRACE_ID",
}


@pytest.fixture(scope="module")
def echo(make_function: MakeFunction) -> Function:
    return make_function(ECHO, Timeout=2)


def test_the_environment_is_what_lambda_sets_and_what_is_declared(
    engine: Engine, make_function: MakeFunction
) -> None:
    function = make_function(
        "import os\ndef handle(event, context): return dict(os.environ)",
        Environment={"Variables": {"DECLARED": "yes", "AWS_ENDPOINT_URL": ""}},
    )

    variables = function.invoke().payload

    assert variables.keys() == VARIABLES
    assert variables["AWS_ENDPOINT_URL"] == engine.endpoint_url
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == function.name
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert variables["DECLARED"] == "yes"
    assert variables["TMPDIR"] == variables["HOME"]


def test_a_declared_endpoint_is_used(make_function: MakeFunction) -> None:
    function = make_function(
        "import os\ndef handle(event, context): return os.environ['AWS_ENDPOINT_URL']",
        Environment={"Variables": {"AWS_ENDPOINT_URL": "http://elsewhere:1"}},
    )

    assert function.invoke().payload == "http://elsewhere:1"


def test_the_context_describes_the_invocation(make_function: MakeFunction) -> None:
    function = make_function(
        """
def handle(event, context):
    return {
        "arn": context.invoked_function_arn,
        "group": context.log_group_name,
        "memory": context.memory_limit_in_mb,
        "name": context.function_name,
        "remaining": context.get_remaining_time_in_millis(),
        "request": context.aws_request_id,
    }
""",
        Timeout=7,
        MemorySize=256,
    )

    reply = function.invoke()

    remaining = reply.payload.pop("remaining")
    request_id = reply.payload.pop("request")
    assert 6_000 < remaining <= 7_001  # both ends are rounded
    assert f'"requestId": "{request_id}", "version": "$LATEST"' in reply.log
    assert reply.payload == {
        "arn": function.arn,
        "group": f"/aws/lambda/{function.name}",
        "memory": "256",
        "name": function.name,
    }


def test_every_invocation_has_its_own_trace(make_function: MakeFunction) -> None:
    function = make_function(
        "import os\ndef handle(event, context): return os.environ['_X_AMZN_TRACE_ID']"
    )

    traces = [function.invoke().payload for _ in range(2)]

    assert traces[0] != traces[1]
    assert all(re.fullmatch(r"Root=1-\S+;Parent=\S+;Sampled=[01]", trace) for trace in traces)


def test_roles_are_enforced(make_function: MakeFunction) -> None:
    function = make_function(
        """
import boto3

def handle(event, context):
    boto3.client("s3").list_buckets()
    boto3.client("dynamodb").list_tables()
"""
    )

    reply = function.invoke()

    assert reply.error == "Unhandled"
    assert reply.payload["errorType"] == "ClientError"
    assert "is not authorized to perform: dynamodb:ListTables" in reply.payload["errorMessage"]


def test_only_what_lambda_has_can_be_imported(make_function: MakeFunction) -> None:
    function = make_function(
        """
import importlib.util

def handle(event, context):
    names = "boto3", "awslambdaric", "localemu", "local", "sandbox", "coverage"
    return [name for name in names if importlib.util.find_spec(name)]
"""
    )

    assert function.invoke().payload == ["boto3", "awslambdaric"]


def test_the_environment_is_reused(echo: Function) -> None:
    assert echo.invoke().payload == echo.invoke().payload


def test_concurrent_events_have_separate_environments(
    make_function: MakeFunction, tmp_path: Path
) -> None:
    function = make_function(
        """
import os, pathlib, time

def handle(folder, context):
    pathlib.Path(folder, str(os.getpid())).touch()
    while len(os.listdir(folder)) < 3:  # until the others have started
        time.sleep(0.01)
    return os.getpid()
""",
        Timeout=30,
    )

    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(function.invoke, [str(tmp_path)] * 3))

    assert {str(reply.payload) for reply in replies} == {path.name for path in tmp_path.iterdir()}


def test_an_exception_is_the_functions_error(echo: Function) -> None:
    reply = echo.invoke(["raise", "no"])

    assert reply.error == "Unhandled"
    assert (reply.payload["errorType"], reply.payload["errorMessage"]) == ("ValueError", "no")
    assert "[ERROR] ValueError: no" in reply.log


def test_a_timeout_ends_the_process_and_the_next_event_has_a_new_one(echo: Function) -> None:
    before = echo.invoke().payload

    reply = echo.invoke(["sleep", 60])

    assert reply.error == "Unhandled"
    assert reply.payload["errorType"] == "Sandbox.Timedout"
    assert re.fullmatch(
        r"RequestId: \S+ Error: Task timed out after 2\.00 seconds", reply.payload["errorMessage"]
    )
    assert '"status": "timeout", "errorType": "Sandbox.Timedout"' in reply.log
    assert not psutil.pid_exists(before)
    assert echo.invoke().payload != before


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["exit", 3], "Runtime exited with error: exit status 3"),
        (["exit", 0], "Runtime exited without providing a reason"),
        (["kill", signal.SIGKILL], "Runtime exited with error: signal: killed"),
        (["kill", signal.SIGSEGV], "Runtime exited with error: signal: segmentation fault"),
        (["kill", signal.SIGRTMIN], "Runtime exited with error: signal: real-time signal 0"),
    ],
)
def test_a_crash_is_the_functions_error_and_the_next_event_has_a_new_process(
    echo: Function, command: list[object], reason: str
) -> None:
    before = echo.invoke().payload

    reply = echo.invoke(command)

    request_id = re.findall(r'"requestId": "(\S+)"', reply.log)[0]
    assert reply.error == "Unhandled"
    assert reply.payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: {reason}",
    }
    assert not psutil.pid_exists(before)
    assert echo.invoke().payload != before


def test_an_environment_that_dies_idle_is_replaced(echo: Function) -> None:
    before = echo.invoke().payload

    os.kill(before, signal.SIGKILL)
    eventually(lambda: psutil.Process(before).status() == psutil.STATUS_ZOMBIE)

    assert isinstance(echo.invoke().payload, int)
    assert not psutil.pid_exists(before)


def test_children_of_a_function_end_with_it(echo: Function) -> None:
    child = echo.invoke(["child", None]).payload

    echo.invoke(["exit", 1])
    echo.invoke()

    assert eventually(lambda: not psutil.pid_exists(child))


@pytest.mark.parametrize(
    ("code", "handler", "kind", "message"),
    [
        (
            "import absent",
            "app.handle",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'absent'",
        ),
        (
            "",
            "app.handle",
            "Runtime.HandlerNotFound",
            "Handler 'handle' missing on module 'app'",
        ),
        (
            "",
            "absent.handle",
            "Runtime.ImportModuleError",
            "Unable to import module 'absent': No module named 'absent'",
        ),
        ("raise RuntimeError('at import')", "app.handle", "RuntimeError", "at import"),
    ],
)
def test_a_failed_init_is_reported_to_every_event(
    make_function: MakeFunction, code: str, handler: str, kind: str, message: str
) -> None:
    function = make_function(code, Handler=handler)

    replies = [function.invoke(), function.invoke()]

    for reply in replies:
        assert reply.error == "Unhandled"
        assert (reply.payload["errorType"], reply.payload["errorMessage"]) == (kind, message)
        assert f"{kind}: {message}" in reply.log


def test_a_process_that_exits_at_import_is_a_functions_error(make_function: MakeFunction) -> None:
    function = make_function("import os\nos._exit(4)")

    assert function.invoke().payload["errorMessage"].endswith("exit status 4")


def test_an_init_longer_than_its_limit_counts_as_the_invocation(
    make_function: MakeFunction,
) -> None:
    function = make_function(
        "import time\ntime.sleep(10.5)\ndef handle(event, context): return 'ready'", Timeout=5
    )

    assert function.invoke().payload == "ready"


def test_output_is_in_the_log_group_between_start_and_report(echo: Function) -> None:
    echo.invoke(["print", "said aloud"])

    def logged() -> list[str]:
        messages = echo.messages()
        return messages if messages.count("said aloud") == 2 else []

    messages = eventually(logged)
    first = messages.index("said aloud")
    assert json.loads(messages[first - 1])["type"] == "platform.start"
    assert messages[first + 1] == "said aloud"
    metrics = json.loads(messages[first + 2])["record"]["metrics"]
    assert metrics["memorySizeMB"] == 128
    assert metrics["maxMemoryUsedMB"] > 0
    assert metrics["billedDurationMs"] >= metrics["durationMs"] > 0


def test_json_logs_go_to_the_group_that_the_function_names(make_function: MakeFunction) -> None:
    function = make_function(
        """
import logging, os, time
def handle(event, context):
    logging.getLogger().info({"seen": event})
    if event == "exit": os._exit(1)
    if event == "sleep": time.sleep(60)
""",
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "/elsewhere/named"},
        Timeout=1,
    )

    for event in ("well", "exit", "sleep"):
        function.invoke(event)

    def reports() -> list[dict[str, str]]:
        lines = [json.loads(message) for message in function.messages("/elsewhere/named")]
        found = [line["record"] for line in lines if line.get("type") == "platform.report"]
        return found if len(found) == 3 else []

    assert [(one["status"], one.get("errorType")) for one in eventually(reports)] == [
        ("success", None),
        ("error", "Runtime.ExitError"),
        ("timeout", "Sandbox.Timedout"),
    ]
    lines = [json.loads(message) for message in function.messages("/elsewhere/named")]
    seen = [line["message"] for line in lines if line.get("level") == "INFO"]
    assert seen == [{"seen": "well"}, {"seen": "exit"}, {"seen": "sleep"}]


def test_at_the_level_warn_lambda_logs_only_the_reports_of_failures(
    make_function: MakeFunction,
) -> None:
    function = make_function(
        'import os\ndef handle(event, context):\n    print("ran")\n    event and os._exit(1)\n',
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
    )

    function.invoke()
    function.invoke("exit")

    def lines() -> list[str]:
        found = function.messages()
        return found if len(found) == 3 else []

    *printed, report = eventually(lines)
    assert printed == ["ran", "ran"]
    assert json.loads(report)["record"]["status"] == "error"


def test_a_response_over_six_megabytes_is_an_error(echo: Function) -> None:
    allowed = echo.invoke(["size", 6_291_556 - 2])
    too_large = echo.invoke(["size", 6_291_556])

    assert len(allowed.payload) == 6_291_554
    assert too_large.payload == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": (
            "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        ),
    }


def test_a_deleted_function_leaves_nothing_behind(make_function: MakeFunction) -> None:
    function = make_function(ECHO)
    folder = Path(function.invoke(["folder", None]).payload)
    process = function.invoke().payload
    assert (folder / "left").exists()

    function.client.delete_function(FunctionName=function.name)

    assert eventually(lambda: not psutil.pid_exists(process))
    assert eventually(lambda: not folder.exists())


def test_the_engine_listens_on_loopback_only(engine: Engine) -> None:
    process = psutil.Process(engine.pid)

    listening = [one.laddr for one in process.net_connections() if one.status == "LISTEN"]

    assert listening == [("127.0.0.1", engine.port)]


def test_the_operator_is_not_a_function(engine: Engine) -> None:
    identity = boto3.client("sts", **engine.connection).get_caller_identity()

    assert identity["Arn"] == "arn:aws:iam::000000000000:root"
