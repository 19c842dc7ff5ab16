"""The account's concurrency arithmetic: what functions reserve, no other function can use."""

from collections.abc import Sequence

UNRESERVED_MINIMUM = 100
"""Executions that AWS keeps unreserved in every account and region.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""


class ConcurrencyExceeded(ValueError):
    """The reservations would leave the account fewer than UNRESERVED_MINIMUM executions."""


def check(reservations: Sequence[int], *, account_limit: int) -> None:
    """Raise ConcurrencyExceeded unless the account keeps 100 unreserved executions."""
    total = sum(reservations)
    if not reservations or total <= account_limit - UNRESERVED_MINIMUM:
        return
    largest = largest_reservation(len(reservations), account_limit=account_limit)
    if largest == 0:
        remedy = (
            "nothing can be reserved for every function; use --reserved-concurrency none, "
            "or ask AWS for a higher limit"
        )
    else:
        remedy = f"at most {largest:,} per function would fit"
    raise ConcurrencyExceeded(
        f"the functions reserve {total:,} concurrent executions, but of the account's limit of "
        f"{account_limit:,} AWS keeps {UNRESERVED_MINIMUM} unreserved: {remedy}"
    )


def largest_reservation(functions: int, *, account_limit: int) -> int:
    """Return the largest equal reservation that this many functions can have, 0 if none."""
    return max(0, account_limit - UNRESERVED_MINIMUM) // functions
