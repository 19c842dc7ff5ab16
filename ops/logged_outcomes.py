"""The outcomes that the functions logged, as JSON lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from ops.evidence import parsed
from ops.stack import Stack


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
            line = parsed(event["message"])
            if isinstance(line, dict) and "status" in line and "requestId" in line:
                yield LoggedOutcome(
                    request_id=line["requestId"],
                    transaction_id=line.get("transactionId", ""),
                    logged_at=event.get("timestamp", 0),
                )
