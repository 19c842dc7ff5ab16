"""What a month's transactions use of each service."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from contract import OUTCOMES
from ops.stage_durations import Duration, StageDurations
from template.pipeline import build_template
from template.settings import Settings

GB = 2**30
SECONDS_OF_A_MONTH = 30 * 86_400

# Bytes of a transaction of ordinary length, held against real ones by the tests.
AUDIT_OBJECT = 400  # with its metadata
ITEM = 300  # with the 100 that DynamoDB adds to each item
LOG_LINES = 525  # of one execution: start and report of the platform, one line of ours
PLATFORM_LINES = 390  # of them, those of the platform

# https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
RESERVOIR = 1  # traces recorded each second, if there are so many requests
FIXED_RATE = Decimal("0.05")  # of the other requests

type Usage = dict[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month of transactions; `cold` is the share of executions in a new environment."""

    transactions: Decimal
    cold: Decimal
    traced: Decimal | None
    """The share of transactions that X-Ray records; None: what its default rule records."""
    architecture: str
    settings: Settings
    measured: StageDurations

    @property
    def traces(self) -> Decimal:
        """Traces recorded, of transactions that come evenly over the month."""
        if self.traced is not None:
            return self.transactions * self.traced
        reservoir = min(self.transactions, Decimal(RESERVOIR * SECONDS_OF_A_MONTH))
        return reservoir + FIXED_RATE * (self.transactions - reservoir)

    def compute(
        self, durations: Mapping[str, Duration], times: Mapping[str, int] | None = None
    ) -> Usage:
        """Return the compute of transactions whose stages run once, or as many times as given.

        Initialisation is billed since August 2025, and a duration is rounded up to a ms:
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
    """Use the services as this system does."""
    count = month.transactions
    functions = len(month.measured.ours)
    logged = count * functions * LOG_LINES / GB
    kept = Decimal(month.settings.log_retention) / 30
    return {
        "api_gateway_request": count,
        "lambda_request": functions * count,
        **month.compute(month.measured.ours),
        "s3_put": count,
        "dynamodb_write": count,
        "sns_publish": count,
        "logs_ingestion": logged,
        "xray_trace": month.traces,
        **watched(resources(month.settings)),
        "s3_storage": count * AUDIT_OBJECT / GB,
        "dynamodb_storage": count * ITEM / GB,
        "dynamodb_pitr": count * ITEM / GB,
        "logs_storage": logged * kept,
    }


@functools.cache
def resources(settings: Settings) -> dict[str, Any]:
    """Build the template and give its resources."""
    built: dict[str, Any] = build_template(settings).to_dict()["Resources"]
    return built


def watched(deployed: Mapping[str, Any]) -> Usage:
    """Count what CloudWatch watches, whatever the traffic; an alarm is billed by its metrics."""
    kinds = [resource["Type"] for resource in deployed.values()]
    alarms = 0
    for resource in deployed.values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            metrics = resource["Properties"].get("Metrics", [{}])
            alarms += sum("Expression" not in metric for metric in metrics)
    return {
        "alarm": Decimal(alarms),
        "dashboard": Decimal(kinds.count("AWS::CloudWatch::Dashboard")),
        # A filter makes a metric of each status.
        "metric": Decimal(len(OUTCOMES) * kinds.count("AWS::Logs::MetricFilter")),
    }


def rounded_up(number: Decimal) -> Decimal:
    """Round as a bill does."""
    return number.to_integral_value(ROUND_CEILING)
