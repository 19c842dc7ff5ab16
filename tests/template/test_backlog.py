"""The drain of backlogs in closed form; tests/unit/test_capacity.py compares the simulation."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from template.backlog import EVENT_AGE, RETRY_INTERVAL, CannotDrain, Peak, UsagePlan, check

PLANS = st.builds(
    UsagePlan,
    rate_limit=st.integers(1, 50),
    burst_limit=st.integers(1, 100),
    daily_quota=st.integers(1, 400),
)
DURATIONS = st.integers(1, 900_000).map(lambda milliseconds: milliseconds / 1_000)


def a_peak(*, concurrency: int = 10, duration: float = 0.5, **changes: int) -> Peak:
    limits = {"rate_limit": 500, "burst_limit": 1_000, "daily_quota": 100_000, **changes}
    return Peak(plan=UsagePlan(**limits), concurrency=concurrency, duration=duration)


def test_the_longest_wait_is_that_of_the_last_event_or_of_the_last_in_the_burst() -> None:
    # 200,000 events of 50 ms of drain each, the last of which arrives after 398 s.
    assert a_peak().longest_wait == pytest.approx(199_999 * 0.05 - 199_000 / 500)
    # At 20 ms an execution the queue shrinks once the burst is over.
    assert a_peak(duration=0.01).longest_wait == pytest.approx(999 * 0.001)


@given(PLANS, st.integers(1, 20), DURATIONS)
def test_the_suggested_values_fit_and_are_the_limits(
    plan: UsagePlan, concurrency: int, duration: float
) -> None:
    peak = Peak(plan=plan, concurrency=concurrency, duration=duration)
    quota = peak.largest_quota
    assert quota == 0 or replace(peak, plan=replace(plan, daily_quota=quota)).drains
    if quota < plan.daily_quota:
        assert not replace(peak, plan=replace(plan, daily_quota=quota + 1)).drains
    least = max(1, peak.least_concurrency)
    # A ratio of floats can be off by the last digit.
    assert replace(peak, concurrency=least, duration=duration * (1 - 1e-9)).drains
    if least > 1:
        assert not replace(peak, concurrency=least - 1).drains


def test_suggests_values_that_fit() -> None:
    with pytest.raises(CannotDrain) as caught:
        check(a_peak(daily_quota=1_000_000), most_concurrency=40)
    assert str(caught.value) == (
        "events would wait up to 26.7 hours, but Lambda discards them after 6 hours and retries "
        "only every 5 minutes, if two quotas of 1,000,000 requests are used up around "
        "midnight: 10 executions at a time of 500 ms each (typical_duration); a daily_quota of "
        "221,854 would fit, or a reserved_concurrency of 40, or faster functions"
    )


def test_suggests_each_keys_share_of_a_quota_that_fits() -> None:
    with pytest.raises(CannotDrain) as caught:
        check(replace(a_peak(daily_quota=1_000_000), keys=4), most_concurrency=39)
    assert str(caught.value).endswith("a daily_quota of 55,463 would fit, or faster functions")


def test_does_not_suggest_more_than_the_account_has() -> None:
    with pytest.raises(CannotDrain) as caught:
        check(a_peak(daily_quota=1_000_000), most_concurrency=39)
    assert str(caught.value).endswith("a daily_quota of 221,854 would fit, or faster functions")


def test_rejects_a_daily_load_that_does_not_drain_in_a_day() -> None:
    # Two days of it would drain in time, a week would not: 10 per second arrive, 8.9 are drained.
    peak = a_peak(daily_quota=864_000, rate_limit=10, burst_limit=20, concurrency=3, duration=0.336)
    assert peak.longest_wait < EVENT_AGE - RETRY_INTERVAL
    with pytest.raises(CannotDrain) as caught:
        check(peak, most_concurrency=300)
    assert str(caught.value) == (
        "a day of 864,000 requests would take 26.9 hours of work, so the backlog would grow "
        "every day: 3 executions at a time of 336 ms each (typical_duration); a daily_quota "
        "of 771,428 would fit, or a reserved_concurrency of 4, or faster functions"
    )
    check(replace(peak, duration=0.3), most_concurrency=300)


def test_accepts_a_load_that_drains() -> None:
    check(a_peak(), most_concurrency=300)
