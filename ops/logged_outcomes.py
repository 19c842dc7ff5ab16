"""The outcomes that the functions logged, as JSON lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ops.foreign import Foreign, json_object, parse
from ops.stack import Stack
from ops.transaction import field_value

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef


@dataclass(frozen=True)
class LoggedOutcome:
    """An outcome logged by a function; logged_at is in ms since the epoch."""

    request_id: str
    transaction_id: str
    status: str
    reason: str
    logged_at: int


def logged_outcomes(
    stack: Stack, function_name: str, pattern: str = "", **period: int
) -> Iterator[LoggedOutcome]:
    """Yield each outcome in a function's log that matches the pattern, oldest first."""
    for event in log_events(stack, function_name, pattern, **period):
        line = parse("log line", function_name, partial(_logged, event))
        if not isinstance(line, Foreign):
            yield line


def log_events(
    stack: Stack, function_name: str, pattern: str, *, since: int = 0, until: int | None = None
) -> Iterator["FilteredLogEventTypeDef"]:
    """Yield each event of a function's log that matches the pattern, oldest first.

    `since` and `until` are in ms since the epoch, `until` not included.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    group, reader = f"/aws/lambda/{function_name}", stack.logs.get_paginator("filter_log_events")
    if until is None:
        pages = reader.paginate(logGroupName=group, filterPattern=pattern, startTime=since)
    else:
        pages = reader.paginate(
            logGroupName=group, filterPattern=pattern, startTime=since, endTime=until - 1
        )
    for page in pages:
        yield from page["events"]


def stack_trace(stack: Stack, function_name: str, invocation_id: str) -> list[str]:
    """Return the stack trace that Lambda logged last for an invocation; empty if there is none."""
    found: list[str] = []
    for event in log_events(stack, function_name, f'"{invocation_id}" "stackTrace"'):
        line = parse("log line", function_name, partial(json_object, event["message"]))
        if not isinstance(line, Foreign) and isinstance(line.get("stackTrace"), list):
            found = [str(frame) for frame in line["stackTrace"]]
    return found


def _logged(event: Mapping[str, Any]) -> LoggedOutcome:
    line = json_object(event["message"])
    if "status" not in line:
        raise ValueError("is not an outcome")
    return LoggedOutcome(
        request_id=field_value("requestId", line["requestId"]),
        transaction_id=line.get("transactionId", ""),
        status=str(line["status"]),
        reason=str(line.get("reason", "")),
        logged_at=event.get("timestamp", 0),
    )
