"""The observable times of a transaction, and the hops between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ops.load.sent import Sent


@dataclass(frozen=True)
class Timeline:
    """The times of one transaction in seconds since the epoch; None if not observed.

    `sent` is by this machine's clock. The others are by AWS's clocks: API Gateway's at acceptance,
    CloudWatch's for each stage's log line, and the SQS queue's for the notification.
    """

    sent: Sent
    accepted_at: float | None = None
    logged_at: Mapping[str, float | None] = field(default_factory=dict)
    notified_at: float | None = None


@dataclass(frozen=True)
class Hop:
    """The interval between two of the times."""

    name: str
    begin: Callable[[Timeline], float | None]
    end: Callable[[Timeline], float | None]

    def seconds(self, timelines: list[Timeline]) -> list[float]:
        """Return the duration for each transaction with both times."""
        times = [(self.begin(one), self.end(one)) for one in timelines]
        return [end - begin for begin, end in times if begin is not None and end is not None]


def hops(stages: Sequence[str]) -> list[Hop]:
    """Return the hops of a pipeline with these stages, the last of which notifies."""
    times: dict[str, Callable[[Timeline], float | None]] = {
        "accepted": lambda one: one.accepted_at,
        **{stage: _logged_by(stage) for stage in stages[:-1]},
        "notified": lambda one: one.notified_at,
    }
    response = Hop(
        "POST to response",
        lambda one: one.sent.response.sent_at,
        lambda one: one.sent.response.responded_at if one.sent.accepted else None,
    )
    return [
        response,
        *(Hop(f"{one} to {two}", times[one], times[two]) for one, two in pairwise(times)),
        Hop("accepted to notified", times["accepted"], times["notified"]),
    ]


def _logged_by(stage: str) -> Callable[[Timeline], float | None]:
    return lambda one: one.logged_at.get(stage)
