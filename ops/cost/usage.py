"""The usage of each service by a month of transactions."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ops.stage_durations import Duration, StageDurations
from template.parameters import RETAINS_DATA
from template.pipeline import build_template
from template.settings import Settings

GB = 2**30
SECONDS_OF_A_MONTH = 30 * 86_400

# Bytes of a typical transaction; tests compare them with real ones.
AUDIT_OBJECT = 400  # including metadata
ITEM = 300  # including DynamoDB's overhead of 100 bytes per item
OUTCOME_ITEM = 260  # the same; no outcome and no record takes more than one unit to write or read
LOG_LINES = 525  # per execution: the platform's start and report, one line of ours
PLATFORM_LINES = 390  # the platform's part of them

# SNS asks KMS for a data key, and to decrypt it, once per five minutes:
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
CALLS_PER_DATA_KEY = 2
DATA_KEYS_OF_A_MONTH = SECONDS_OF_A_MONTH // 300

type Usage = dict[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month of transactions; `cold` is the share of executions that are cold starts."""

    transactions: Decimal = Decimal(1_000_000)
    polls: Decimal = Decimal(0)
    """Reads of the outcome per transaction; 0 if clients subscribe to the topic."""
    cold: Decimal = Decimal("0.01")
    architecture: str = "arm64"
    retains_data: bool = False
    """True for a stack like prod, whose alarms also warn before data is lost."""
    settings: Settings = field(default_factory=Settings)
    measured: StageDurations

    @property
    def requests(self) -> Decimal:
        """Number of requests to the API: transactions and polls."""
        return self.transactions * (1 + self.polls)

    @property
    def traces(self) -> Decimal:
        """Number of recorded traces."""
        return self.requests * self.settings.sampling_rate / 100

    @property
    def resources(self) -> dict[str, Any]:
        """Resources of the stack."""
        return {
            title: resource
            for title, resource in _built(self.settings).items()
            if self.retains_data or resource.get("Condition") != RETAINS_DATA
        }

    def compute(
        self, durations: Mapping[str, Duration], times: Mapping[str, int] | None = None
    ) -> Usage:
        """Return the compute usage, with each stage run once or as often as `times` says.

        Initialization is billed since August 2025, and durations are rounded up to a millisecond:
        https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        """
        billed = sum(
            (times or {}).get(stage, 1)
            * ((1 - self.cold) * rounded_up(one.warm) + self.cold * rounded_up(one.warm + one.init))
            for stage, one in durations.items()
        )
        gb_seconds = Decimal(self.settings.memory) / 1_024 * billed / 1_000 * self.transactions
        return {f"lambda_gb_second_{self.architecture}": gb_seconds}


def pipeline(month: Month) -> Usage:
    """Return the usage of this pipeline."""
    count = month.transactions
    functions = len(month.measured.ours)
    lines = LOG_LINES if month.settings.platform_lines else LOG_LINES - PLATFORM_LINES
    logged = count * functions * lines / GB
    deployed = month.resources
    logs_months, outcome_months = (
        Decimal(days) / 30
        for days in (month.settings.log_retention, month.settings.outcome_retention)
    )
    return {
        "api_gateway_request": month.requests,
        "lambda_request": functions * count,
        **month.compute(month.measured.ours),
        "s3_put": count,
        # The record and the outcome.
        "dynamodb_write": 2 * count,
        "dynamodb_read": month.polls * count,
        "sns_publish": count,
        "kms_request": encryption(deployed, count),
        "logs_ingestion": logged,
        "xray_trace": month.traces,
        **monitoring(deployed),
        "s3_storage": count * AUDIT_OBJECT / GB,
        "dynamodb_storage": count * (ITEM + OUTCOME_ITEM * outcome_months) / GB,
        "dynamodb_pitr": count * ITEM / GB,
        "logs_storage": logged * logs_months,
    }


@functools.cache
def _built(settings: Settings) -> dict[str, Any]:
    """Return the resources of the template."""
    built: dict[str, Any] = build_template(settings).to_dict()["Resources"]
    return built


def monitoring(deployed: Mapping[str, Any]) -> Usage:
    """Return the CloudWatch usage, independent of traffic; each alarm has one metric.

    A custom metric is billed for each hour with data. The filter's metric of PROCESSED has data in
    every hour, and those of the other outcomes only when one occurs:
    https://aws.amazon.com/cloudwatch/pricing/
    """
    kinds = [resource["Type"] for resource in deployed.values()]
    return {
        "alarm": Decimal(kinds.count("AWS::CloudWatch::Alarm")),
        "dashboard": Decimal(kinds.count("AWS::CloudWatch::Dashboard")),
        "metric": Decimal(kinds.count("AWS::Logs::MetricFilter")),
    }


def encryption(deployed: Mapping[str, Any], published: Decimal) -> Decimal:
    """Return the calls to KMS by the topics that it encrypts."""
    topics = sum("KmsMasterKeyId" in resource["Properties"] for resource in deployed.values())
    return topics * CALLS_PER_DATA_KEY * min(published, Decimal(DATA_KEYS_OF_A_MONTH))


def rounded_up(number: Decimal) -> Decimal:
    """Round up to a whole unit, as bills do."""
    return number.to_integral_value(ROUND_CEILING)
