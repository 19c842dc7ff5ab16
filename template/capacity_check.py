"""The check that the account covers the reserved concurrency and that backlogs drain."""

from collections.abc import Sequence

from cfn_lint_async_pipelines import concurrency
from template import backlog
from template.settings import InvalidSettings, Settings
from template.stages import Stage


def check(settings: Settings, stages: Sequence[Stage]) -> None:
    """Raise InvalidSettings unless the reservations fit the account and backlogs drain."""
    reserved = [
        stage.settings.reserved_concurrency
        for stage in stages
        if stage.settings.reserved_concurrency is not None
    ]
    try:
        concurrency.check(reserved, account_limit=settings.account_concurrency)
        backlog.check(
            backlog.Peak(
                plan=backlog.UsagePlan(
                    rate_limit=settings.stage_rate_limit,
                    burst_limit=settings.stage_burst_limit,
                    daily_quota=settings.api_keys * settings.daily_quota,
                ),
                keys=settings.api_keys,
                concurrency=min(executions(settings, stages).values()),
                duration=settings.typical_duration / 1_000,
            ),
            most_concurrency=concurrency.largest_reservation(
                len(stages), account_limit=settings.account_concurrency
            ),
        )
    except concurrency.ConcurrencyExceeded as error:
        if error.largest:
            raise InvalidSettings(str(error)) from error
        raise InvalidSettings(
            f"{error.cause}: nothing can be reserved for every function; "
            "use --reserved-concurrency none, or ask AWS for a higher limit"
        ) from error
    except backlog.CannotDrain as error:
        raise InvalidSettings(str(error)) from error


def executions(settings: Settings, stages: Sequence[Stage]) -> dict[str, int]:
    """Return the maximum number of concurrent executions of each stage.

    A stage without a reservation gets an equal share of the account's concurrency.
    """
    share = max(1, settings.account_concurrency // len(stages))
    return {stage.name: stage.settings.reserved_concurrency or share for stage in stages}
