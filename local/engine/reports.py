"""Lambda's platform logs, and its errors for a process that died.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

import json
import math
import signal
import time

from local.engine.sandbox import SandboxResult

MAX_RESPONSE_BYTES = 6_291_556
"""Slightly over 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def failure(answer: SandboxResult, request_id: str, timeout_seconds: int) -> tuple[str, str] | None:
    """Return the type and message of an error that Lambda itself reports, or None."""
    match answer.kind:
        case "timeout":
            reason = f"Task timed out after {timeout_seconds}.00 seconds"
            return "Sandbox.Timedout", f"RequestId: {request_id} Error: {reason}"
        case "exit":
            reason = _exit_reason(answer.exit_status)
            return "Runtime.ExitError", f"RequestId: {request_id} Error: {reason}"
        case "result" if len(answer.payload) > MAX_RESPONSE_BYTES:
            limit = f"maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)"
            return "Function.ResponseSizeTooLarge", f"Response payload size exceeded {limit}."
        case _:
            return None


def _exit_reason(status: int) -> str:
    if status == 0:
        return "Runtime exited without providing a reason"
    if status > 0:
        return f"Runtime exited with error: exit status {status}"
    name = signal.strsignal(-status) or f"signal {-status}"
    return f"Runtime exited with error: signal: {name.partition(':')[0].lower()}"


def platform_log(
    answer: SandboxResult,
    request_id: str,
    memory_size_mb: int,
    error: tuple[str, str] | None,
    level: str,
) -> str:
    """Return the platform's events and the function's lines as JSON lines.

    At the system log level WARN, only the report of a failed execution remains:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    milliseconds = answer.seconds * 1000
    metrics: dict[str, float] = {
        "durationMs": round(milliseconds, 3),
        "billedDurationMs": math.ceil(milliseconds),
        "memorySizeMB": memory_size_mb,
        "maxMemoryUsedMB": answer.memory_mb,
    }
    if answer.init_seconds is not None:
        metrics["initDurationMs"] = round(answer.init_seconds * 1000, 3)
    report: dict[str, object] = {"requestId": request_id, "metrics": metrics}
    report["status"] = {"result": "success", "timeout": "timeout"}.get(answer.kind, "error")
    if error:
        report |= {"status": "timeout" if answer.kind == "timeout" else "error"}
        report |= {"errorType": error[0]}
    start: dict[str, object] = {"requestId": request_id, "version": "$LATEST"}
    starts, reports = [_platform("start", start)], [_platform("report", report)]
    if level == "WARN":
        starts, reports = [], reports if report["status"] != "success" else []
    return "\n".join([*starts, *answer.output.split("\n"), *reports, ""])


def _platform(name: str, record: dict[str, object]) -> str:
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return json.dumps({"time": f"{now}.000Z", "type": f"platform.{name}", "record": record})
