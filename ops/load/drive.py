"""Submits transactions open-loop: on schedule, regardless of earlier responses."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from ops.reconciliation import Accepted
from ops.stack import Stack
from ops.submission import submit
from ops.transaction import Content, a_body

THREADS = 50
LATE_SECONDS = 0.1
NO_RESPONSE = "no answer"

type Body = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A submitted transaction; times are in seconds since the epoch, by this machine's clock."""

    body: Body
    due_at: float
    sent_at: float
    responded_at: float
    status: str
    request_id: str = ""

    @property
    def accepted(self) -> bool:
        """True if the API accepted the transaction."""
        return self.status == "202"

    @property
    def late(self) -> bool:
        """True if the request left late because all threads were busy."""
        return self.sent_at - self.due_at > LATE_SECONDS

    @property
    def accepted_request(self) -> Accepted:
        """The request to reconcile."""
        fields = {**self.body, "amount": Decimal(repr(self.body["amount"]))}
        return Accepted(self.request_id, Content.of(fields))


def bodies(prefix: str, count: int) -> list[Body]:
    """Return new transactions, each with a unique ID and amount."""
    return [
        a_body(transactionId=f"{prefix}{number}", amount=(100 + number) / 100, source="load")
        for number in range(count)
    ]


def schedule(rate: float, count: int) -> list[float]:
    """Return the seconds after which each transaction is due."""
    return [number / rate for number in range(count)]


def drive(
    stack: Stack,
    rate: float,
    all_bodies: list[Body],
    *,
    on_response: Callable[[Sent], None],
    stop: threading.Event,
    threads: int = THREADS,
) -> None:
    """Submit each body when it is due, until `stop`; `on_response` is called in the threads.

    If all threads are busy, transactions leave late; response times count from the actual start.
    """
    stack.http.mount(stack.api_endpoint, HTTPAdapter(pool_maxsize=threads))
    start = time.time()

    def send(body: Body, due_at: float) -> None:
        if not stop.is_set():  # it may have waited for a thread
            on_response(_send(stack, body, due_at))

    with ThreadPoolExecutor(threads) as clients:
        pending = []
        for body, due in zip(all_bodies, schedule(rate, len(all_bodies)), strict=True):
            if stop.wait(max(0.0, start + due - time.time())):
                break
            pending.append(clients.submit(send, body, start + due))
        for one in pending:
            one.result()


def _send(stack: Stack, body: Body, due_at: float) -> Sent:
    sent_at = time.time()
    try:
        response = submit(stack, body)
    except requests.RequestException:
        # The API may have accepted the request; its record would prove that.
        return Sent(body, due_at, sent_at, time.time(), NO_RESPONSE)
    return Sent(
        body, due_at, response.sent_at, time.time(), str(response.http_status), response.request_id
    )


def achieved_rate(sent: list[Sent]) -> float:
    """Return the actual rate in transactions per second."""
    times = sorted(one.sent_at for one in sent)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return len(gaps) / sum(gaps) if sum(gaps) else 0.0


def rejections(sent: list[Sent]) -> Iterator[tuple[str, int]]:
    """Yield the number of transactions that were not accepted, by HTTP status."""
    statuses = sorted(one.status for one in sent if not one.accepted)
    for status, group in itertools.groupby(statuses):
        yield status, len(list(group))
