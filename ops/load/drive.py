"""Submits transactions open-loop: each when it is due, whether or not the last was answered."""

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
NO_ANSWER = "no answer"

type Body = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A transaction that was submitted; times are seconds since the epoch, on this machine."""

    body: Body
    due_at: float
    sent_at: float
    answered_at: float
    status: str
    request_id: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the API took it on."""
        return self.status == "202"

    @property
    def late(self) -> bool:
        """Whether it left when it should have left earlier: all threads were busy."""
        return self.sent_at - self.due_at > LATE_SECONDS

    @property
    def promise(self) -> Accepted:
        """What the ledger is to account for."""
        fields = {**self.body, "amount": Decimal(repr(self.body["amount"]))}
        return Accepted(self.request_id, Content.of(fields))


def bodies(prefix: str, count: int) -> list[Body]:
    """Make new transactions, each with an id of its own and an amount of its own."""
    return [
        a_body(transactionId=f"{prefix}{number}", amount=(100 + number) / 100, source="load")
        for number in range(count)
    ]


def schedule(rate: float, count: int) -> list[float]:
    """Tell after how many seconds each transaction is due."""
    return [number / rate for number in range(count)]


def drive(
    stack: Stack,
    rate: float,
    all_bodies: list[Body],
    *,
    answered: Callable[[Sent], None],
    stop: threading.Event,
    threads: int = THREADS,
) -> None:
    """Submit each body when it is due, until `stop`; `answered` gets each answer, in the threads.

    With all threads busy, transactions leave late; an answer's own time counts from when it left.
    """
    stack.http.mount(stack.api_endpoint, HTTPAdapter(pool_maxsize=threads))
    begun = time.time()

    def send(body: Body, due_at: float) -> None:
        if not stop.is_set():  # it may have waited for a thread until after that
            answered(_send(stack, body, due_at))

    with ThreadPoolExecutor(threads) as clients:
        leaving = []
        for body, due in zip(all_bodies, schedule(rate, len(all_bodies)), strict=True):
            if stop.wait(max(0.0, begun + due - time.time())):
                break
            leaving.append(clients.submit(send, body, begun + due))
        for one in leaving:
            one.result()


def _send(stack: Stack, body: Body, due_at: float) -> Sent:
    sent_at = time.time()
    try:
        answer = submit(stack, body)
    except requests.RequestException:
        # It may have been accepted all the same: its record would show.
        return Sent(body, due_at, sent_at, time.time(), NO_ANSWER)
    return Sent(
        body, due_at, answer.sent_at, time.time(), str(answer.http_status), answer.request_id
    )


def kept_rate(sent: list[Sent]) -> float:
    """Tell at which rate the transactions left."""
    times = sorted(one.sent_at for one in sent)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return len(gaps) / sum(gaps) if sum(gaps) else 0.0


def refusals(sent: list[Sent]) -> Iterator[tuple[str, int]]:
    """Count what was not accepted, by HTTP status."""
    statuses = sorted(one.status for one in sent if not one.accepted)
    for status, group in itertools.groupby(statuses):
        yield status, len(list(group))
