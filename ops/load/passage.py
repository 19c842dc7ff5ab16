"""What can be seen of a transaction on its way, and how long each hop took."""

from collections.abc import Callable
from dataclasses import dataclass

from ops.load.drive import Sent


@dataclass(frozen=True)
class Passage:
    """The times of one transaction, in seconds since the epoch; None is what was not seen.

    `sent` is by this machine's clock, all else by AWS's: the gateway's at acceptance, CloudWatch's
    of the line that a function logged, and that of the queue which got the notification.
    """

    sent: Sent
    accepted_at: float | None = None
    validated_at: float | None = None
    recorded_at: float | None = None
    notified_at: float | None = None


@dataclass(frozen=True)
class Hop:
    """From one of the times to another."""

    name: str
    begin: Callable[[Passage], float | None]
    end: Callable[[Passage], float | None]

    def seconds(self, passages: list[Passage]) -> list[float]:
        """Give how long it took, for each transaction of which both times were seen."""
        times = [(self.begin(one), self.end(one)) for one in passages]
        return [end - begin for begin, end in times if begin is not None and end is not None]


HOPS = (
    Hop(
        "POST to answer",
        lambda one: one.sent.sent_at,
        lambda one: one.sent.answered_at if one.sent.accepted else None,
    ),
    Hop("accepted to validated", lambda one: one.accepted_at, lambda one: one.validated_at),
    Hop("validated to recorded", lambda one: one.validated_at, lambda one: one.recorded_at),
    Hop("recorded to notified", lambda one: one.recorded_at, lambda one: one.notified_at),
    Hop("accepted to notified", lambda one: one.accepted_at, lambda one: one.notified_at),
)
