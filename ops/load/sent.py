"""The transactions of a load, and what is known once the API has responded."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ops.reconciliation import Accepted
from ops.submission import ApiResponse
from ops.submitter import Submitter
from ops.transaction import Content, a_body

LATE_SECONDS = 0.1

type Body = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A transaction, when it was due in seconds since the epoch, and the API's response."""

    body: Body
    due_at: float
    response: ApiResponse

    @property
    def accepted(self) -> bool:
        """True if the API accepted the transaction."""
        return self.response.accepted

    @property
    def late(self) -> bool:
        """True if the request left late because all threads were busy."""
        return self.response.sent_at - self.due_at > LATE_SECONDS

    @property
    def accepted_request(self) -> Accepted:
        """The request to reconcile."""
        fields = {**self.body, "amount": Decimal(repr(self.body["amount"]))}
        return Accepted(self.response.request_id, Content.of(fields))


def bodies(prefix: str, count: int) -> list[Body]:
    """Return new transactions, each with a unique ID and amount."""
    return [
        a_body(transactionId=f"{prefix}{number}", amount=(100 + number) / 100, source="load")
        for number in range(count)
    ]


def sent_by(submitter: Submitter) -> list[Sent]:
    """Return the transactions that have been submitted so far."""
    return [
        Sent(submitter.submissions[place].body, submitter.due_at(place), response)
        for place, response in dict(submitter.responses).items()
    ]


def achieved_rate(sent: list[Sent]) -> float:
    """Return the actual rate in transactions per second."""
    times = sorted(one.response.sent_at for one in sent)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return len(gaps) / sum(gaps) if sum(gaps) else 0.0


def rejections(sent: list[Sent]) -> Iterator[tuple[str, int]]:
    """Yield the number of transactions that were not accepted, by HTTP status."""
    statuses = sorted(one.response.status for one in sent if not one.accepted)
    for status, group in itertools.groupby(statuses):
        yield status, len(list(group))
