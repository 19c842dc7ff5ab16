"""Each setting changes exactly its own properties, and invalid values are rejected."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from build_template import main
from contract import RECORD, canonical_json
from template.pipeline import build_template
from template.settings import InvalidSettings, Settings
from tests.template.reading import TITLES, Json, designed, read

FUNCTIONS = [f"{title}Function" for title in TITLES]
QUEUES = [f"{title}DeadLetterQueue" for title in TITLES]
LOG_GROUPS = [f"{title}LogGroup" for title in TITLES]

EVENT_AGE_ALARMS = [f"{title}AsyncEventAgeAlarm" for title in TITLES]


def on(titles: list[str], property_: str, value: object) -> Json:
    return {f"{title}.Properties.{property_}": value for title in titles}


# Values that differ from all defaults, and the properties that they change.
CASES: dict[str, tuple[int, Json]] = {
    "reserved_concurrency": (101, on(FUNCTIONS, "ReservedConcurrentExecutions", 101)),
    "account_concurrency": (2_000, {}),
    "memory": (1_025, on(FUNCTIONS, "MemorySize", 1_025)),
    "timeout": (59, on(FUNCTIONS, "Timeout", 59)),
    "typical_duration": (350, {}),
    "retries": (0, on(FUNCTIONS, "EventInvokeConfig.MaximumRetryAttempts", 0)),
    "log_retention": (1_827, on(LOG_GROUPS, "RetentionInDays", 1_827)),
    "dead_letter_retention": (1, on(QUEUES, "MessageRetentionPeriod", 86_400)),
    "outcome_retention": (
        60,
        on(["NotifierFunction"], "Environment.Variables.OUTCOME_RETENTION_DAYS", "60"),
    ),
    "archive_after": (
        31,
        on(["AuditBucket"], "LifecycleConfiguration.Rules.0.Transitions.0.TransitionInDays", 31),
    ),
    "rate_limit": (5, on(["TransactionUsagePlan"], "Throttle.RateLimit", 5)),
    "burst_limit": (6, on(["TransactionUsagePlan"], "Throttle.BurstLimit", 6)),
    "daily_quota": (7, on(["TransactionUsagePlan"], "Quota.Limit", 7)),
    "stage_rate_limit": (
        900,
        on(["TransactionApi"], "MethodSettings.0.ThrottlingRateLimit", 900),
    ),
    "stage_burst_limit": (
        901,
        on(["TransactionApi"], "MethodSettings.0.ThrottlingBurstLimit", 901),
    ),
    "api_keys": (2, {}),
    "sampling_rate": (7, on(["SamplingRule"], "SamplingRule.FixedRate", 0.07)),
    "platform_lines": (False, on(FUNCTIONS, "LoggingConfig.SystemLogLevel", "WARN")),
    "alarm_event_age": (61, on(EVENT_AGE_ALARMS, "Threshold", 61_000)),
    "alarm_latency": (200, on(["TransactionApiLatencyAlarm"], "Threshold", 200)),
}


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield the path and value of every leaf."""
    inner: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        yield path, value
    for key, item in inner:
        yield from leaves(item, f"{path}.{key}" if path else str(key))


def changes(before: Json, after: Json) -> Json:
    """Return the differences by path; None for a missing value."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return {
        path: new.get(path) for path in old.keys() | new.keys() if old.get(path) != new.get(path)
    }


def built(name: str, value: object, folder: Path) -> Json:
    output = folder / "template.yaml"
    flag = f"--{name.replace('_', '-')}={value}"
    if value is False:
        flag = f"--no-{name.replace('_', '-')}"
    assert CliRunner().invoke(main, [flag, "--output", str(output)]).exit_code == 0
    return designed(read(output))


@pytest.mark.parametrize("name", CASES)
def test_a_flag_changes_exactly_its_own_properties(
    name: str, resources: Json, tmp_path: Path
) -> None:
    value, changed = CASES[name]
    assert changes(resources, built(name, value, tmp_path)) == changed


def test_none_omits_the_reservation(tmp_path: Path) -> None:
    before = built("reserved_concurrency", 10, tmp_path)
    assert changes(before, built("reserved_concurrency", "none", tmp_path)) == on(
        FUNCTIONS, "ReservedConcurrentExecutions", None
    )


def test_every_setting_has_a_case() -> None:
    assert list(CASES) == [setting.name for setting in fields(Settings)]


def wrong_values() -> Iterator[tuple[str, object]]:
    for setting in fields(Settings):
        if "unit" in setting.metadata:
            yield setting.name, setting.metadata["low"] - 1
            yield setting.name, setting.metadata["high"] + 1
            yield setting.name, "512"
            yield setting.name, 1.0
            yield setting.name, True
            if not setting.metadata["optional"]:
                yield setting.name, None
        else:
            yield setting.name, None
            yield setting.name, 0


USUAL = {
    "reserved_concurrency": 10,
    "account_concurrency": 1_000,
    "typical_duration": 300,
    "stage_rate_limit": 500,
    "stage_burst_limit": 1_000,
    "daily_quota": 100_000,
    "api_keys": 1,
}


@pytest.mark.parametrize(
    ("settings", "fitting"),
    [
        ({"daily_quota": 380_322}, {"daily_quota": 380_321}),
        (
            {"daily_quota": 1_000_000, "reserved_concurrency": 23},
            {"daily_quota": 1_000_000, "reserved_concurrency": 24},
        ),
        ({"reserved_concurrency": 2}, {"reserved_concurrency": 3}),
        ({"typical_duration": 1_085}, {"typical_duration": 1_084}),
        # The limits of a single key do not count.
        ({"api_keys": 4, "rate_limit": 1}, {"api_keys": 3, "rate_limit": 10_000}),
        # Without a reservation, each function gets an equal share of the account.
        (
            {"reserved_concurrency": None, "account_concurrency": 3 * len(TITLES) - 1},
            {"reserved_concurrency": None, "account_concurrency": 3 * len(TITLES)},
        ),
    ],
)
def test_rejects_a_quota_that_would_not_drain_before_events_expire(
    settings: dict[str, Any], fitting: dict[str, Any]
) -> None:
    with pytest.raises(InvalidSettings, match="events would wait up to"):
        build_template(Settings(**{**USUAL, **settings}))
    build_template(Settings(**{**USUAL, **fitting}))


@pytest.mark.parametrize(("name", "value"), list(wrong_values()))
def test_rejects_values_out_of_bounds(name: str, value: Any) -> None:
    with pytest.raises(InvalidSettings, match=rf"^{name} \(.* not {value!r}$"):
        Settings(**{name: value})


def test_what_the_lifecycle_archives_is_said_to_be_no_audit_object() -> None:
    longest = {name: "x" * field.schema.get("maxLength", 20) for name, field in RECORD.items()}
    assert len(canonical_json(longest)) < 128_000
    (setting,) = (setting for setting in fields(Settings) if setting.name == "archive_after")
    assert setting.metadata["text"].endswith("; audit objects are smaller and stay")
