"""The arithmetic of Lambda's concurrency: what functions reserve, no other function can use."""

from collections.abc import Sequence

UNRESERVED_MINIMUM = 100
"""Executions that AWS keeps unreserved in every account and region.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""


class ConcurrencyExceeded(ValueError):
    """The reservations would leave the account fewer than UNRESERVED_MINIMUM executions."""

    def __init__(self, reservations: Sequence[int], *, account_limit: int) -> None:
        self.cause = (
            f"the functions reserve {sum(reservations):,} concurrent executions, but of the "
            f"account's limit of {account_limit:,} AWS keeps {UNRESERVED_MINIMUM} unreserved"
        )
        self.largest = largest_reservation(len(reservations), account_limit=account_limit)
        """The largest equal reservation that would fit, 0 if none."""
        remedy = (
            f"at most {self.largest:,} per function would fit"
            if self.largest
            else "reserve none, or ask AWS for a higher limit"
        )
        super().__init__(f"{self.cause}: {remedy}")


def check(reservations: Sequence[int], *, account_limit: int) -> None:
    """Raise ConcurrencyExceeded unless the account keeps 100 unreserved executions.

    Functions that reserve nothing fit every account.
    """
    if sum(reservations) > largest_reservation(1, account_limit=account_limit):
        raise ConcurrencyExceeded(reservations, account_limit=account_limit)


def largest_reservation(functions: int, *, account_limit: int) -> int:
    """Return the largest equal reservation that this many functions can have, 0 if none."""
    return max(0, account_limit - UNRESERVED_MINIMUM) // functions
