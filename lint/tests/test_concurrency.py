"""The arithmetic of Lambda's concurrency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfn_lint_async_pipelines.concurrency import ConcurrencyExceeded, check, largest_reservation

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


@pytest.mark.parametrize("reservations", [[], [0], [0, 0]])
def test_functions_that_reserve_nothing_fit_every_account(reservations: list[int]) -> None:
    check(reservations, account_limit=1)


def exceeded(reservations: list[int], account_limit: int) -> ConcurrencyExceeded:
    with pytest.raises(ConcurrencyExceeded) as caught:
        check(reservations, account_limit=account_limit)
    return caught.value


def test_the_error_states_how_much_each_function_could_reserve() -> None:
    error = exceeded([1_000, 1_000, 1], account_limit=2_099)
    assert error.largest == 666
    assert error.cause == (
        "the functions reserve 2,001 concurrent executions, but of the account's limit of 2,099 "
        "AWS keeps 100 unreserved"
    )
    assert str(error) == f"{error.cause}: at most 666 per function would fit"
    error = exceeded([1_100], account_limit=1_199)
    assert str(error) == f"{error.cause}: at most 1,099 per function would fit"


def test_the_error_states_that_nothing_can_be_reserved_for_every_function() -> None:
    error = exceeded([1, 1, 1], account_limit=102)
    assert error.largest == 0
    assert str(error) == (
        "the functions reserve 3 concurrent executions, but of the account's limit of 102 "
        "AWS keeps 100 unreserved: reserve none, or ask AWS for a higher limit"
    )
    assert exceeded([2, 2], account_limit=102).largest == 1
