"""The requests of a simulation: few IDs and amounts, so that they meet."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from ops.reconciliation import Accepted
from ops.transaction import Content, a_body
from tests.simulation.tape import Tape

AMOUNTS = ("1", "2", "0.001")  # the last has more decimals than the currency
ACCEPTED_AT = 1_767_225_600_000
AT_ONCE = 2
"""Requests that are accepted in the same millisecond."""


class Request(NamedTuple):
    """A request that the API accepted with 202."""

    request_id: str
    transaction_id: str
    amount: str
    key: str
    accepted_at: int = ACCEPTED_AT

    @property
    def valid(self) -> bool:
        """True if the validator must accept the transaction."""
        return self.amount != AMOUNTS[-1]

    @property
    def event(self) -> dict[str, Any]:
        """What the gateway sends to the validator."""
        body = a_body(transactionId=self.transaction_id, amount=float(self.amount))
        return {
            "requestId": self.request_id,
            "receivedAt": self.accepted_at,
            "apiKeyId": self.key,
            "transaction": body,
        }

    @property
    def accepted(self) -> Accepted:
        """The request as an audit knows it."""
        body = self.event["transaction"] | {"amount": self.amount}
        return Accepted(self.request_id, Content.of(body))

    def __str__(self) -> str:
        return (
            f"{self.request_id} of {self.key}: transaction {self.transaction_id}, "
            f"{self.amount} USD, at {self.accepted_at % 1_000} ms"
        )


@dataclass(frozen=True)
class Workload:
    """The requests of a simulation; several may share an ID that their clients chose."""

    requests: tuple[Request, ...]

    @property
    def chosen(self) -> set[str]:
        """Request IDs that more than one request has."""
        ids = [request.request_id for request in self.requests]
        return {one for one in ids if ids.count(one) > 1}

    def transactions(self, request_ids: set[str]) -> set[str]:
        """Return the transaction IDs of requests."""
        return {one.transaction_id for one in self.requests if one.request_id in request_ids}


def draw(tape: Tape) -> Workload:
    """Decide on two to four requests."""
    requests: list[Request] = []
    for number in range(2 + tape.choose(3)):
        again = bool(requests) and tape.choose(2, 0.1)
        requests.append(
            Request(
                request_id=requests[-1].request_id if again else f"R{number + 1}",
                transaction_id="ab"[tape.choose(2, 0.2)],
                amount=AMOUNTS[tape.choose(len(AMOUNTS), 0.4)],
                key=f"k{1 + tape.choose(2, 0.3)}",
                accepted_at=ACCEPTED_AT + number // AT_ONCE,
            )
        )
    return Workload(tuple(requests))
