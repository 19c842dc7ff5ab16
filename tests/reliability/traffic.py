"""Generated traffic: new transactions, duplicates, conflicts and invalid ones."""

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
INVALID_AMOUNT = 0.00015  # more decimals than any of the currencies

type Body = dict[str, Any]


def bodies(name: str, count: int) -> list[Body]:
    """Return bodies: on average 70% new, 20% duplicates, 10% conflicts, and a few invalid."""
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
                    amount=INVALID_AMOUNT if kind > 0.97 else amount,
                    currency=currency,
                )
            )
    return made


def accepted_request(request_id: str, body: Body) -> Accepted:
    """Return the accepted request of a body."""
    return Accepted(request_id, Content.of(body | {"amount": Decimal(repr(body["amount"]))}))


def post(stack: Stack, body: Body) -> Accepted:
    """Submit a body, and assert that it is accepted."""
    response = submit(stack, body)
    assert response.accepted, response
    return accepted_request(response.request_id, body)


@dataclass
class Flow:
    """Traffic in the background; `accepted` grows with each 202."""

    name: str
    accepted: list[Accepted] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def requests(self) -> set[str]:
        """IDs of the accepted requests."""
        return {one.request_id for one in self.accepted}

    def run(self, stack: Stack, count: int) -> None:
        """Submit all bodies with several clients."""
        try:
            with ThreadPoolExecutor(CLIENTS) as clients:
                for one in clients.map(lambda body: post(stack, body), bodies(self.name, count)):
                    self.accepted.append(one)
        finally:
            self.over.set()


@contextmanager
def flowing(stack: Stack, name: str, count: int) -> Iterator[Flow]:
    """Submit transactions while the block injects its fault."""
    flow = Flow(name)
    with ThreadPoolExecutor(1) as background:
        running = background.submit(flow.run, stack, count)
        yield flow
        running.result()
