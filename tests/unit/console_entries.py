"""Entries of the journal, as an engine keeps them for the fake stack."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from console.source import JournalSource
from local.journal import Entry
from ops.stack import Stack
from tests.unit.stacks import a_stack

FUNCTIONS = [stage.function_name for stage in a_stack().stages]
FIRST, LAST = FUNCTIONS[0], FUNCTIONS[-1]


class Journal:
    """Builds entries with consecutive numbers, 10 ms apart."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def entry(self, event: str, request_id: str, **facts: Any) -> Entry:
        number = next(self._numbers)
        return {
            "sequence": number,
            "time": 10.0 * number,
            "event": event,
            "requestId": request_id,
            **facts,
        }

    def accepted(self, request_id: str, transaction_id: str = "order-1") -> Entry:
        facts = {"transactionId": transaction_id, "status": 202, "milliseconds": 5.0}
        return self.entry("accepted", request_id, **facts)

    def of(self, event: str, request_id: str, function: str, **facts: Any) -> Entry:
        invocation = f"{function}-{request_id}"
        return self.entry(event, request_id, function=function, invocationId=invocation, **facts)

    def started(self, request_id: str, function: str, attempt: int = 1, **facts: Any) -> Entry:
        facts = {"attempt": attempt, "cold": False, **facts}
        return self.of("started", request_id, function, **facts)

    def call(self, request_id: str, function: str, operation: str, **facts: Any) -> Entry:
        facts = {
            "attempt": 1,
            "service": "dynamodb",
            "operation": operation,
            "status": 200,
            "code": "",
            "milliseconds": 2.0,
            "resource": "table",
            "message": "",
            **facts,
        }
        return self.of("call", request_id, function, **facts)

    def ended(self, request_id: str, function: str, attempt: int = 1, **facts: Any) -> Entry:
        facts = {
            "attempt": attempt,
            "result": "success",
            "milliseconds": 4.0,
            "status": "",
            "reason": "",
            "errorType": "",
            "errorMessage": "",
            "stackTrace": [],
            **facts,
        }
        return self.of("ended", request_id, function, **facts)

    def failed(self, request_id: str, function: str, attempt: int = 1) -> Entry:
        facts = {
            "result": "error",
            "errorType": "Boom",
            "errorMessage": "no",
            "stackTrace": ["  File x\n"],
        }
        return self.ended(request_id, function, attempt, **facts)

    def processed(
        self, request_id: str, transaction_id: str = "order-1", status: str = "PROCESSED"
    ) -> Iterator[Entry]:
        """Yield the entries of a request that passes the first and the last stage."""
        yield self.accepted(request_id, transaction_id)
        for function in (FIRST, LAST):
            yield self.of("queued", request_id, function, attempt=1)
            yield self.started(request_id, function)
            yield self.ended(request_id, function, status=status)


class ReadSource(JournalSource):
    """A journal that was read before, and an engine that may be dead."""

    def __init__(self, stack: Stack, entries: Iterable[Entry] = ()) -> None:
        super().__init__(stack)
        self._activity.add(entries)

    def poll(self) -> bool:
        return False
