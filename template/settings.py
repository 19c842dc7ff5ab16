"""The numeric settings, with units and bounds."""

from dataclasses import dataclass, field, fields
from typing import Any

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)


class InvalidSettings(ValueError):
    """A setting is out of bounds, or the settings do not fit the account."""


def bool_setting(text: str, *, default: bool) -> Any:
    """Return a field for a choice."""
    return field(default=default, metadata={"text": text})


def int_setting(
    default: int | None, text: str, *, unit: str, low: int, high: int, optional: bool = False
) -> Any:
    """Return a field for a whole number with a unit and inclusive bounds."""
    bounds = {"text": text, "unit": unit, "low": low, "high": high, "optional": optional}
    return field(default=default, metadata=bounds)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a deployment; raises InvalidSettings.

    Bounds: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
    https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    """

    reserved_concurrency: int | None = int_setting(
        10, "reserved for each function", unit="executions", low=1, high=100_000, optional=True
    )
    account_concurrency: int = int_setting(
        1_000,
        "the account's limit of concurrent executions",
        unit="executions",
        low=1,
        high=1_000_000,
    )
    memory: int = int_setting(512, "memory of each function", unit="MB", low=128, high=10_240)
    timeout: int = int_setting(60, "timeout of each function", unit="s", low=1, high=900)
    # Nine times the p99 of the slowest function on the local engine (34 ms over 60 executions). On
    # AWS, the network and the latency of S3 and DynamoDB are added.
    typical_duration: int = int_setting(
        300,
        "assumed duration of an execution, to estimate the drain time",
        unit="ms",
        low=1,
        high=900_000,
    )
    retries: int = int_setting(2, "retries of a failed execution", unit="retries", low=0, high=2)
    log_retention: int = int_setting(7, "retention of the logs", unit="days", low=1, high=1_827)
    dead_letter_retention: int = int_setting(
        14, "retention of the dead-letter messages", unit="days", low=1, high=14
    )
    outcome_retention: int = int_setting(
        30, "retention of the outcomes that clients ask for", unit="days", low=1, high=3_650
    )
    archive_after: int = int_setting(
        90,
        "age at which objects of 128 KB move to Glacier; audit objects are smaller and stay",
        unit="days",
        low=1,
        high=36_500,
    )
    rate_limit: int = int_setting(
        500, "steady rate of each API key", unit="requests/s", low=1, high=10_000
    )
    burst_limit: int = int_setting(
        1_000, "burst of each API key", unit="requests", low=1, high=10_000
    )
    daily_quota: int = int_setting(
        100_000, "quota of each API key", unit="requests/day", low=1, high=1_000_000_000
    )
    # Twice the limits of a key, so that no key takes all of a method.
    stage_rate_limit: int = int_setting(
        1_000, "steady rate of each method, over all keys", unit="requests/s", low=1, high=10_000
    )
    stage_burst_limit: int = int_setting(
        2_000, "burst of each method, over all keys", unit="requests", low=1, high=10_000
    )
    api_keys: int = int_setting(
        3,
        "assumed number of keys that use up their quotas at once, to estimate the drain time",
        unit="keys",
        low=1,
        high=10_000,
    )
    # X-Ray's default rule records the first request of each second, and 5% of the others.
    sampling_rate: int = int_setting(
        5, "share of the API's requests that X-Ray records", unit="%", low=0, high=100
    )
    platform_lines: bool = bool_setting(
        "Lambda logs the start and the report of each execution, not only of failed ones",
        default=True,
    )
    alarm_event_age: int = int_setting(
        600, "age of a queued event that alarms", unit="s", low=1, high=21_600
    )
    alarm_latency: int = int_setting(
        1_000, "p99 latency of the API that alarms", unit="ms", low=1, high=29_000
    )

    def __post_init__(self) -> None:
        for setting in fields(self):
            check = _check_bounds if "unit" in setting.metadata else _check_choice
            check(setting.name, getattr(self, setting.name), **setting.metadata)
        if self.log_retention not in LOG_RETENTION_DAYS:
            allowed = ", ".join(map(str, LOG_RETENTION_DAYS))
            raise InvalidSettings(
                f"log_retention must be one of {allowed} days, not {self.log_retention}"
            )


def _check_choice(name: str, value: object, *, text: str) -> None:
    if type(value) is not bool:
        raise InvalidSettings(f"{name} ({text}) must be True or False, not {value!r}")


def _check_bounds(
    name: str, value: object, *, unit: str, low: int, high: int, optional: bool, text: str
) -> None:
    if value is None and optional:
        return
    if type(value) is not int or not low <= value <= high:
        raise InvalidSettings(
            f"{name} ({text}) must be a whole number from {low:,} to {high:,} {unit}, not {value!r}"
        )
