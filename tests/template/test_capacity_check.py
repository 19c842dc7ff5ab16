"""The stages' reservations, compared with the account and the backlog."""

import pytest
from troposphere import Template

from template.capacity_check import check, executions
from template.settings import InvalidSettings, Settings
from template.stages import Stage, Stages


def some_stages(settings: Settings, *reservations: int | None) -> list[Stage]:
    template = Template()
    stages = Stages(template, settings)
    return [
        stages.add(f"stage-{number}", description="", reserved_concurrency=reserved)
        for number, reserved in enumerate(reservations)
    ]


@pytest.mark.parametrize("reservations", [(500, 300), (790, None, 10), (200, 200, 200, 200)])
def test_adds_up_the_actual_reservations(reservations: tuple[int | None, ...]) -> None:
    fitting, short = (Settings(account_concurrency=limit) for limit in (900, 899))
    check(fitting, some_stages(fitting, *reservations))
    with pytest.raises(InvalidSettings) as caught:
        check(short, some_stages(short, *reservations))
    assert str(caught.value).startswith(
        "the functions reserve 800 concurrent executions, but of the account's limit of 899 "
        "AWS keeps 100 unreserved: "
    )


def test_nothing_is_reserved_on_the_smallest_account() -> None:
    settings = Settings(account_concurrency=10, daily_quota=1_000)
    check(settings, some_stages(settings, None, None, None))


def test_an_account_that_can_reserve_nothing_names_the_flag() -> None:
    settings = Settings(account_concurrency=10)
    with pytest.raises(InvalidSettings) as caught:
        check(settings, some_stages(settings, 10, 10))
    assert str(caught.value) == (
        "the functions reserve 20 concurrent executions, but of the account's limit of 10 AWS "
        "keeps 100 unreserved: nothing can be reserved for every function; "
        "use --reserved-concurrency none, or ask AWS for a higher limit"
    )


def test_the_stage_with_the_fewest_executions_holds_the_backlog() -> None:
    settings = Settings()
    check(settings, some_stages(settings, 100, 9, 100))
    with pytest.raises(InvalidSettings, match="events would wait up to"):
        check(settings, some_stages(settings, 100, 8, 100))


def test_an_error_contains_the_duration_as_set() -> None:
    settings = Settings(typical_duration=5_000)
    with pytest.raises(InvalidSettings, match=r"of 5,000 ms each \(typical_duration\)"):
        check(settings, some_stages(settings, 1))


def test_a_stage_without_a_reservation_has_its_share_of_the_account() -> None:
    settings = Settings(account_concurrency=10)
    assert executions(settings, some_stages(settings, None, 7, None)) == {
        "stage-0": 3,
        "stage-1": 7,
        "stage-2": 3,
    }
    assert set(executions(settings, some_stages(settings, *[None] * 11)).values()) == {1}


def test_each_key_may_use_up_its_quota() -> None:
    few, many = Settings(api_keys=3), Settings(api_keys=4)
    check(few, some_stages(few, 10))
    fitting = "two quotas of 400,000 requests .*; a daily_quota of 91,801 would fit"
    with pytest.raises(InvalidSettings, match=fitting):
        check(many, some_stages(many, 10))
