"""The account's concurrency arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from template.concurrency import ConcurrencyExceeded, check, largest_reservation

LIMITS = st.integers(min_value=1, max_value=1_000_000)
FUNCTIONS = st.integers(min_value=1, max_value=200)


@given(FUNCTIONS, LIMITS)
def test_the_largest_reservation_fits(functions: int, limit: int) -> None:
    largest = largest_reservation(functions, account_limit=limit)
    assert largest >= 0
    if largest:
        check([largest] * functions, account_limit=limit)


@given(FUNCTIONS, LIMITS)
def test_one_more_than_the_largest_reservation_does_not_fit(functions: int, limit: int) -> None:
    largest = largest_reservation(functions, account_limit=limit)
    with pytest.raises(ConcurrencyExceeded):
        check([largest + 1] * functions, account_limit=limit)


@given(st.lists(st.integers(min_value=1, max_value=1_000), min_size=1), LIMITS)
def test_unequal_reservations_fit_when_a_hundred_executions_remain(
    reservations: list[int], limit: int
) -> None:
    if limit - sum(reservations) >= 100:
        check(reservations, account_limit=limit)
    else:
        with pytest.raises(ConcurrencyExceeded):
            check(reservations, account_limit=limit)


def test_the_default_account_can_reserve_three_hundred_for_each_of_three_functions() -> None:
    assert largest_reservation(3, account_limit=1_000) == 300
