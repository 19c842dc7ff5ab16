"""The simulation of a load, against values computed by hand and in closed form."""

import json
import math
import re
import time
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.main import cli
from ops.capacity import scale
from ops.capacity.function_sim import StageConfig
from ops.capacity.gateway import PACKETS, Gateway, OfferedLoad
from ops.capacity.simulation import SimulationResult, simulate, stages_of
from template.backlog import EVENT_AGE, Peak, UsagePlan
from tests.unit.measured import measured

OPEN = UsagePlan(rate_limit=10**6, burst_limit=10**6, daily_quota=10**9)


def stages(**changes: float) -> dict[str, StageConfig]:
    fields: dict[str, Any] = {"duration": 0.5, "concurrency": 10, **changes}
    return dict.fromkeys(
        ("validator", "processor", "notifier"),
        StageConfig(**fields),
    )


def an_outcome(**changes: Any) -> SimulationResult:
    fields = {
        "throttled": 0,
        "over_quota": 0,
        "dead_lettered": 0,
        "expired": 0,
        "packet": 1,
        **changes,
    }
    return SimulationResult(**fields)


def test_what_fits_waits_for_nothing() -> None:
    # 20 a second, 0.4 s each: 8 of 10 executions are busy.
    assert simulate(OfferedLoad(rate=20, duration=10), OPEN, stages(duration=0.4)) == an_outcome(
        offered=200,
        accepted=200,
        notified=200,
        backlog_peak=0,
        oldest_event=0.0,
        drain=pytest.approx(3 * 0.4),
    )


def test_a_burst_drains_at_the_reserved_concurrency() -> None:
    # Ten rounds of ten in the validator; the other stages follow at its pace.
    assert simulate(OfferedLoad(rate=0, duration=0, burst=100), OPEN, stages()) == an_outcome(
        offered=100,
        accepted=100,
        notified=100,
        backlog_peak=90,
        oldest_event=pytest.approx(9 * 0.5),
        drain=pytest.approx(12 * 0.5),
    )


def test_each_execution_environment_initializes_once() -> None:
    # The first ten take 2.5 s, the next ten 0.5 s, in each of three stages that follow each other.
    outcome = simulate(OfferedLoad(rate=0, duration=0, burst=20), OPEN, stages(init=2.0))
    assert outcome.drain == pytest.approx(2.5 * 3 + 0.5)


def test_the_slowest_function_holds_the_backlog() -> None:
    slow = stages() | {"processor": StageConfig(duration=2.0, concurrency=10)}
    outcome = simulate(OfferedLoad(rate=10, duration=100), OPEN, slow)
    # 1,000 events at 5 a second; the last one came at 99.9 s.
    assert outcome.drain == pytest.approx(0.5 + 200 - 99.9 + 0.5, abs=2)
    assert outcome.oldest_event == pytest.approx(100, abs=2)


@pytest.mark.parametrize(
    ("load", "plan", "accepted", "throttled", "over_quota"),
    [
        # The bucket is full, and refills at the rate limit.
        (OfferedLoad(rate=0, duration=0, burst=1_500), (500, 1_000, 10**6), 1_000, 500, 0),
        (OfferedLoad(rate=1_000, duration=4), (500, 1_000, 10**6), 3_000, 1_000, 0),
        (OfferedLoad(rate=400, duration=5, burst=1_000), (500, 1_000, 10**6), 3_000, 0, 0),
        (OfferedLoad(rate=10, duration=100), (500, 1_000, 600), 600, 0, 400),
        # Two days: the quota counts each of them.
        (OfferedLoad(rate=1, duration=2 * 86_400), (500, 1_000, 50_000), 100_000, 0, 72_800),
        (OfferedLoad(rate=0.5, duration=3), (500, 1_000, 10**6), 2, 0, 0),
    ],
)
def test_the_gateway_throttles_and_counts_the_day(
    load: OfferedLoad, plan: tuple[int, int, int], accepted: int, throttled: int, over_quota: int
) -> None:
    rate, burst, quota = plan
    usage_plan = UsagePlan(rate_limit=rate, burst_limit=burst, daily_quota=quota)
    outcome = simulate(load, usage_plan, stages(duration=0.001))
    assert (outcome.accepted, outcome.throttled, outcome.over_quota) == (
        accepted,
        throttled,
        over_quota,
    )
    assert outcome.offered == load.burst + math.ceil(load.rate * load.duration)


def test_a_load_beyond_all_limits_is_throttled_before_the_quota() -> None:
    plan = UsagePlan(rate_limit=500, burst_limit=1_000, daily_quota=100_000)
    outcome = simulate(OfferedLoad(rate=100_000, duration=3_600), plan, stages(duration=0.01))
    assert outcome.offered == 360_000_000
    assert outcome.accepted == 100_000
    # The throttle admits 500 per second, of which the quota rejects the rest.
    assert outcome.over_quota == 500 * 3_600 + 1_000 - 100_000


def test_packets_larger_than_the_concurrency_take_no_longer() -> None:
    plan = UsagePlan(rate_limit=10**6, burst_limit=10**6, daily_quota=10**12)
    outcome = simulate(OfferedLoad(rate=10**6, duration=600), plan, stages(concurrency=100_000))
    # Five times the throughput of 200,000 per second.
    assert outcome.packet == 600 * 10**6 / PACKETS
    assert outcome.drain == pytest.approx(4 * 600, rel=0.01)


def test_packets_larger_than_the_bucket_lose_no_token() -> None:
    plan = UsagePlan(rate_limit=10_000, burst_limit=5, daily_quota=10**9)
    outcome = simulate(OfferedLoad(rate=10_000, duration=600), plan, stages(duration=0.0001))
    assert (outcome.packet, outcome.accepted, outcome.throttled) == (1_200, 6_000_000, 0)


def test_exhausted_retries_after_one_and_two_minutes_are_published() -> None:
    failing = StageConfig(duration=0.5, concurrency=10, retries=2, failure_rate=1.0)
    one = simulate(
        OfferedLoad(rate=0, duration=0, burst=1), OPEN, stages() | {"processor": failing}
    )
    assert one == an_outcome(
        offered=1,
        accepted=1,
        notified=1,  # of the failure
        dead_lettered=1,
        backlog_peak=0,
        oldest_event=pytest.approx(60 + 120 + 2 * 0.5),
        drain=pytest.approx(0.5 + 3 * 0.5 + 60 + 120 + 0.5),
    )


def test_some_of_what_fails_succeeds_at_last_the_same_for_each_seed() -> None:
    failing = stages() | {
        name: StageConfig(duration=0.01, concurrency=10, retries=2, failure_rate=0.3)
        for name in ("processor", "notifier")
    }
    load = OfferedLoad(rate=100, duration=30)
    outcome = simulate(load, OPEN, failing | {"validator": stages(duration=0.01)["validator"]})
    # A share of 0.3 ^ 3 of the events of processor and of notifier.
    assert outcome.dead_lettered == pytest.approx(2 * 0.027 * 3_000, rel=0.15)
    assert outcome.notified == pytest.approx(3_000 * (1 - 0.027), rel=0.01)
    again = failing | {"validator": stages(duration=0.01)["validator"]}
    assert simulate(load, OPEN, again) == outcome
    assert simulate(load, OPEN, again, seed=1) != outcome


def test_an_event_expires_after_six_hours_and_is_published() -> None:
    # One every 900 s: in six hours 25, the first and the last at once.
    outcome = simulate(
        OfferedLoad(rate=0, duration=0, burst=30),
        OPEN,
        stages(duration=1) | {"processor": StageConfig(duration=900, concurrency=1)},
    )
    assert (outcome.expired, outcome.notified) == (5, 30)
    assert outcome.oldest_event == EVENT_AGE


@settings(max_examples=60)
@given(
    st.builds(
        UsagePlan,
        rate_limit=st.integers(1, 50),
        burst_limit=st.integers(1, 100),
        daily_quota=st.integers(1, 300),
    ),
    st.integers(1, 20),
    st.integers(1, 200_000).map(lambda milliseconds: milliseconds / 1_000),
)
def test_agrees_with_the_closed_form_that_settings_are_checked_with(
    plan: UsagePlan, concurrency: int, duration: float
) -> None:
    peak = Peak(plan=plan, concurrency=concurrency, duration=duration)
    events = 2 * plan.daily_quota
    load = OfferedLoad(
        rate=plan.rate_limit,
        duration=events / plan.rate_limit,
        burst=min(plan.burst_limit, events),
    )
    outcome = simulate(
        load,
        replace(plan, daily_quota=events),
        stages(duration=duration, concurrency=concurrency),
    )
    assert outcome.accepted == events
    if peak.drains:
        assert outcome.expired == 0
        # The closed form errs on the safe side, by less than one execution and one request.
        spare = peak.longest_wait - outcome.oldest_event
        assert -1e-6 - 1 / plan.rate_limit <= spare <= duration + 1 / plan.rate_limit


def test_of_a_large_load_each_packet_stands_for_many() -> None:
    started = time.process_time()
    plan = UsagePlan(rate_limit=10_000, burst_limit=10_000, daily_quota=10**9)
    outcome = simulate(
        OfferedLoad(rate=10_000, duration=600), plan, stages(duration=0.02, concurrency=100)
    )
    assert outcome.packet == 6_000_000 / PACKETS
    assert outcome.accepted == outcome.notified == 6_000_000
    # The throughput is 5,000 per second, so half of the events are queued in the end.
    assert outcome.backlog_peak == pytest.approx(3_000_000, rel=0.01)
    assert outcome.drain == pytest.approx(600, rel=0.01)
    assert time.process_time() - started < 20


def test_the_validator_never_fails_here_and_stages_last_as_long_as_measured() -> None:
    made = stages_of(measured(), concurrency=7, retries=1, failure_rate=0.5)
    common = {"concurrency": 7, "retries": 1}
    assert made == {
        "validator": StageConfig(duration=0.01, init=0.09, failure_rate=0.0, **common),
        "processor": StageConfig(duration=0.03, init=0.27, failure_rate=0.5, **common),
        "notifier": StageConfig(duration=0.02, init=0.18, failure_rate=0.5, **common),
    }


def test_a_gateway_that_accepts_nothing_ends() -> None:
    plan = UsagePlan(rate_limit=1, burst_limit=1, daily_quota=1)
    assert list(Gateway(plan, OfferedLoad(rate=0, duration=0)).accepted_at()) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.0 s"), (119, "119.0 s"), (150, "2.5 min"), (9_000, "2.5 h")]
)
def test_formats_times_in_readable_units(seconds: float, text: str) -> None:
    assert scale.time(seconds) == text


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["capacity", *arguments])


def test_prints_a_table() -> None:
    slow = ("--stage-duration", "processor=100", "--concurrency", "10")
    result = run("--rate", "5", "--duration", "10", *slow)
    assert result.exit_code == 0
    assert re.search(r"processor throughput, per second +│ +100 ", result.output)


def test_prints_json_and_exits_with_1_if_an_event_expires() -> None:
    slow = ("--stage-duration", "processor=850000", "--concurrency", "1", "--json")
    result = run("--burst", "30", *slow)
    assert result.exit_code == 1
    text = json.loads(result.output)
    assert (text["accepted"], text["expired"]) == (30, 4)


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        ((), "--rate"),
        (("--rate", "5"), "--duration"),
        (("--rate", "nan", "--duration", "1"), "--rate"),
        (("--rate", "1", "--duration", "-1"), "--duration"),
        (("--burst", "-1"), "--burst"),
        (("--burst", "1", "--rate-limit", "0"), "--rate-limit"),
        (("--burst", "1", "--burst-limit", "0"), "--burst-limit"),
        (("--burst", "1", "--daily-quota", "x"), "--daily-quota"),
        (("--burst", "1", "--concurrency", "0"), "--concurrency"),
        (("--burst", "1", "--retries", "3"), "--retries"),
        (("--burst", "1", "--failure-rate", "2"), "--failure-rate"),
        (("--burst", "1", "--stage-duration", "processor=0"), "--stage-duration"),
        (("--burst", "1", "--results", "/nonexistent"), "--results"),
    ],
)
def test_names_the_flag_of_a_bad_value(arguments: tuple[str, ...], flag: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert flag in result.output
