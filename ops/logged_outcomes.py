"""The outcomes that the functions logged, as JSON lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ops.foreign import Foreign, json_object, parse
from ops.stack import Stack
from ops.transaction import field_value


@dataclass(frozen=True)
class LoggedOutcome:
    """An outcome logged by a function; logged_at is in ms since the epoch."""

    request_id: str
    transaction_id: str
    logged_at: int


def logged_outcomes(
    stack: Stack, function_name: str, pattern: str = "", *, since: int = 0
) -> Iterator[LoggedOutcome]:
    """Yield each outcome in a function's log that matches the pattern.

    `since` is in ms since the epoch.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    pages = stack.logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function_name}", filterPattern=pattern, startTime=since
    )
    for page in pages:
        for event in page["events"]:
            line = parse("log line", function_name, partial(_logged, event))
            if not isinstance(line, Foreign):
                yield line


def _logged(event: Mapping[str, Any]) -> LoggedOutcome:
    line = json_object(event["message"])
    if "status" not in line:
        raise ValueError("is not an outcome")
    return LoggedOutcome(
        request_id=field_value("requestId", line["requestId"]),
        transaction_id=line.get("transactionId", ""),
        logged_at=event.get("timestamp", 0),
    )
