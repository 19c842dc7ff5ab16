"""How requests ended, as the outcomes table holds it."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, NamedTuple

from contract import OUTCOME, OUTCOMES, is_well_formed
from ops.foreign import Foreign, item_values, parse
from ops.pages import item_pages
from ops.stack import Stack

BATCH = 100  # the most that BatchGetItem reads at once
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
MS_PER_DAY = 86_400_000
FOREIGN = "FOREIGN"
"""The status of an item that the notifier did not write; the reason is the problem."""


class Outcome(NamedTuple):
    """How a request ended; it expires at a time in s since the epoch.

    `timestamp` is when the recorded transaction was accepted, in ms since the epoch.
    """

    request_id: str
    status: str
    transaction_id: str = ""
    reason: str = ""
    function: str = ""
    expires_at: int = 0
    timestamp: int = 0


@dataclass
class OutcomePoller:
    """The outcomes read so far by request ID, and when each was read, in s since the epoch."""

    stack: Stack
    seen: dict[str, Outcome] = field(default_factory=dict)
    read_at: dict[str, float] = field(default_factory=dict)
    pause: float = SHORTEST_PAUSE

    def poll(self, request_ids: Iterable[str]) -> None:
        """Read the outcomes that are missing, then pause, for longer while there is none."""
        missing = {*request_ids} - self.seen.keys()
        found = outcomes_of(self.stack, missing)
        self.read_at |= dict.fromkeys(found, time.time())
        self.seen |= found
        waits = missing and not found
        self.pause = min(2 * self.pause, LONGEST_PAUSE) if waits else SHORTEST_PAUSE
        time.sleep(self.pause)


def outcomes_of(stack: Stack, request_ids: Iterable[str]) -> dict[str, Outcome]:
    """Return the outcomes of those requests that have one."""
    found = {}
    table = stack.outputs.outcomes_table_name
    # No outcome has another ID, and DynamoDB rejects an empty key.
    readable = sorted(one for one in request_ids if is_well_formed("requestId", one))
    for batch in batched(readable, BATCH, strict=False):
        keys = [{"requestId": {"S": request_id}} for request_id in batch]
        pending: Any = {table: {"Keys": keys, "ConsistentRead": True}}
        while pending:
            response = stack.dynamodb.batch_get_item(RequestItems=pending)
            for item in response["Responses"].get(table, []):
                outcome = outcome_of_item(item)
                found[outcome.request_id] = outcome
            if pending := response.get("UnprocessedKeys"):  # the table is throttled
                time.sleep(SHORTEST_PAUSE)
    return found


def outcome_pages(stack: Stack) -> Iterator[list[Outcome]]:
    """Yield all outcomes in the table, page by page."""
    for page in item_pages(stack, stack.outputs.outcomes_table_name):
        yield [outcome_of_item(item) for item in page]


def retention_of(stack: Stack) -> int:
    """Return for how long the stack keeps an outcome, in ms."""
    notifier = stack.functions.get_function_configuration(
        FunctionName=stack.stages[-1].function_name
    )
    return int(notifier["Environment"]["Variables"]["OUTCOME_RETENTION_DAYS"]) * MS_PER_DAY


def outcome_of_item(item: Mapping[str, Any]) -> Outcome:
    """Return the outcome in a table item."""
    request_id = item["requestId"]["S"]  # the table's key
    found = parse("outcome", request_id, lambda: _read(item))
    if isinstance(found, Foreign):
        transaction_id = item.get("transactionId", {}).get("S", "")
        return Outcome(request_id, FOREIGN, transaction_id, reason=found.problem)
    return found


def _read(item: Mapping[str, Any]) -> Outcome:
    fields = item_values(item, OUTCOME)
    if fields["status"] not in OUTCOMES:
        raise ValueError(f"status {fields['status']!r} is unknown")
    return Outcome(
        request_id=fields["requestId"],
        status=fields["status"],
        transaction_id=fields.get("transactionId", ""),
        reason=fields.get("reason", ""),
        function=fields.get("function", ""),
        expires_at=int(fields["expiresAt"]),
        timestamp=int(fields.get("timestamp", 0)),
    )
