"""The drain of backlogs, compared with a simulation of each event."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from template.backlog import EVENT_AGE, RETRY_INTERVAL, CannotDrain, Peak, check

PEAKS = st.builds(
    Peak,
    daily_quota=st.integers(1, 400),
    rate_limit=st.integers(1, 50),
    burst_limit=st.integers(1, 100),
    concurrency=st.integers(1, 20),
    duration=st.integers(1, 900_000).map(lambda milliseconds: milliseconds / 1_000),
)


def a_peak(**changes: float) -> Peak:
    fields = {"daily_quota": 100_000, "rate_limit": 500, "burst_limit": 1_000, "concurrency": 10}
    return Peak(**{**fields, "duration": 0.5, **changes})  # type: ignore[arg-type]


def waits(peak: Peak) -> list[float]:
    """Return the waits of two quotas of events, each taking the first free execution."""
    free, waited = [0.0] * peak.concurrency, []
    for number in range(1, 2 * peak.daily_quota + 1):
        arrival = max(0, number - peak.burst_limit) / peak.rate_limit
        start = max(arrival, free[number % peak.concurrency])
        free[number % peak.concurrency] = start + peak.duration
        waited.append(start - arrival)
    return waited


@given(PEAKS)
def test_no_event_waits_longer_and_one_waits_about_as_long(peak: Peak) -> None:
    longest = max(waits(peak))
    assert longest <= peak.longest_wait + 1e-6
    assert peak.longest_wait <= longest + peak.duration


def test_the_longest_wait_is_that_of_the_last_event_or_of_the_last_in_the_burst() -> None:
    # 200,000 events of 50 ms of drain each, the last of which arrives after 398 s.
    assert a_peak().longest_wait == pytest.approx(199_999 * 0.05 - 199_000 / 500)
    # At 20 ms an execution the queue shrinks once the burst is over.
    assert a_peak(duration=0.01).longest_wait == pytest.approx(999 * 0.001)


@given(PEAKS)
def test_the_suggested_values_fit_and_are_the_limits(peak: Peak) -> None:
    limit = EVENT_AGE - RETRY_INTERVAL
    quota = peak.largest_quota
    assert max(waits(a_peak(**{**vars(peak), "daily_quota": quota}))) <= limit
    if quota < peak.daily_quota:
        assert not a_peak(**{**vars(peak), "daily_quota": quota + 1}).drains
    least = max(1, peak.least_concurrency)
    assert math.floor(a_peak(**{**vars(peak), "concurrency": least}).longest_wait) <= limit
    if least > 1:
        assert not a_peak(**{**vars(peak), "concurrency": least - 1}).drains


def test_suggests_values_that_fit() -> None:
    with pytest.raises(CannotDrain) as caught:
        check(a_peak(daily_quota=1_000_000), most_concurrency=40)
    assert str(caught.value) == (
        "events would wait up to 26.7 hours, but Lambda discards them after 6 hours and retries "
        "only every 5 minutes, if two quotas of 1,000,000 requests are used up around "
        "midnight: 10 executions at a time of 500 ms each (typical_duration); a daily_quota of "
        "221,854 would fit, or a reserved_concurrency of 40, or faster functions"
    )


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
    check(a_peak(**{**vars(peak), "duration": 0.3}), most_concurrency=300)


def test_accepts_a_load_that_drains() -> None:
    check(a_peak(), most_concurrency=300)
