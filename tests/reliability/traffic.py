"""Transactions that flow: new ones, the same again, the same id with another amount, wrong ones."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ops.reconciliation import Accepted
from ops.stack import Stack
from ops.submission import submit
from ops.transaction import Content, a_body

CLIENTS = 4
CURRENCIES = (("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3))
WRONG_AMOUNT = 0.00015  # none of the currencies has so many decimals

type Body = dict[str, Any]


def bodies(name: str, count: int) -> list[Body]:
    """Of ten, on average, seven are new, two a duplicate, one a conflict; a few are wrong."""
    chance = random.Random(name)  # the same traffic in each run
    made: list[Body] = []
    for number in range(count):
        kind = chance.random()
        if made and kind < 0.2:
            made.append(chance.choice(made))
        elif made and kind < 0.3:
            made.append({**chance.choice(made), "amount": 7})
        else:
            currency, decimals = chance.choice(CURRENCIES)
            amount = chance.randint(1, 10**9) / 10**decimals
            made.append(
                a_body(
                    transactionId=f"{name}-{number}",
                    amount=WRONG_AMOUNT if kind > 0.97 else amount,
                    currency=currency,
                )
            )
    return made


def promised(request_id: str, body: Body) -> Accepted:
    """Say what a 202 promised."""
    return Accepted(request_id, Content.of(body | {"amount": Decimal(repr(body["amount"]))}))


def post(stack: Stack, body: Body) -> Accepted:
    """Submit a body; anything but 202 fails the test."""
    answer = submit(stack, body)
    assert answer.accepted, answer
    return promised(answer.request_id, body)


@dataclass
class Flow:
    """Traffic that runs beside the test; `accepted` grows with each 202."""

    name: str
    accepted: list[Accepted] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def requests(self) -> set[str]:
        """The requests that were accepted."""
        return {one.request_id for one in self.accepted}

    def run(self, stack: Stack, count: int) -> None:
        """Submit everything, with a few clients at once."""
        try:
            with ThreadPoolExecutor(CLIENTS) as clients:
                for one in clients.map(lambda body: post(stack, body), bodies(self.name, count)):
                    self.accepted.append(one)
        finally:
            self.over.set()


@contextmanager
def flowing(stack: Stack, name: str, count: int) -> Iterator[Flow]:
    """Let transactions flow while the block injects its fault; in the end all are accepted."""
    flow = Flow(name)
    with ThreadPoolExecutor(1) as background:
        running = background.submit(flow.run, stack, count)
        yield flow
        running.result()
