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


@pytest.mark.parametrize("limit", [10, 99, 1_000])
def test_no_reservation_fits_every_account(limit: int) -> None:
    check([], account_limit=limit)


def refusal(reservations: list[int], account_limit: int) -> str:
    with pytest.raises(ConcurrencyExceeded) as caught:
        check(reservations, account_limit=account_limit)
    return str(caught.value)


def test_says_how_much_each_function_could_reserve() -> None:
    assert refusal([1_000, 1_000, 1], account_limit=2_099) == (
        "the functions reserve 2,001 concurrent executions, but of the account's limit of 2,099 "
        "AWS keeps 100 unreserved: at most 666 per function would fit"
    )
    assert refusal([1_100], account_limit=1_199).endswith(": at most 1,099 per function would fit")


def test_says_when_nothing_can_be_reserved_for_every_function() -> None:
    assert refusal([1, 1, 1], account_limit=102) == (
        "the functions reserve 3 concurrent executions, but of the account's limit of 102 "
        "AWS keeps 100 unreserved: nothing can be reserved for every function; "
        "use --reserved-concurrency none, or ask AWS for a higher limit"
    )
    assert refusal([2, 2], account_limit=102).endswith(": at most 1 per function would fit")
