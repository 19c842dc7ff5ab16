"""What a month's transactions use of each service: here, and in the usual alternatives."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from ops.measured import Duration, Measured
from template import build_template
from template.settings import Settings

GB = 2**30
SECONDS_OF_A_MONTH = 30 * 86_400

# Bytes of a transaction of ordinary length, held against real ones by the tests.
AUDIT_OBJECT = 400  # with its metadata
ITEM = 300  # with the 100 that DynamoDB adds to each item
LOG_LINES = 525  # of one execution: start and report of the platform, one line of ours

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
    measured: Measured

    @property
    def traces(self) -> Decimal:
        """Traces recorded, of transactions that come evenly over the month."""
        if self.traced is not None:
            return self.transactions * self.traced
        reservoir = min(self.transactions, Decimal(RESERVOIR * SECONDS_OF_A_MONTH))
        return reservoir + FIXED_RATE * (self.transactions - reservoir)

    def compute(self, durations: Mapping[str, Duration], times: Mapping[str, int]) -> Usage:
        """Compute of a transaction whose stages run for so many times their duration.

        Initialisation is billed since August 2025, and a duration is rounded up to a ms:
        https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        """
        billed = sum(
            times[stage] * ((1 - self.cold) * _up(one.warm) + self.cold * _up(one.warm + one.init))
            for stage, one in durations.items()
        )
        gb_seconds = Decimal(self.settings.memory) / 1_024 * billed / 1_000 * self.transactions
        return {f"lambda_gb_second_{self.architecture}": gb_seconds}


def pipeline(month: Month) -> Usage:
    """Use the services as this system does."""
    count = month.transactions
    logged = count * 3 * LOG_LINES / GB
    kept = Decimal(month.settings.log_retention) / 30
    return {
        "api_gateway_request": count,
        "lambda_request": 3 * count,
        **month.compute(month.measured.ours, ONCE),
        "s3_put": count,
        "dynamodb_write": count,
        "sns_publish": count,
        "logs_ingestion": logged,
        "xray_trace": month.traces,
        **watched(month.settings),
        "s3_storage": count * AUDIT_OBJECT / GB,
        "dynamodb_storage": count * ITEM / GB,
        "dynamodb_pitr": count * ITEM / GB,
        "logs_storage": logged * kept,
    }


ONCE = {"validator": 1, "processor": 1, "notifier": 1}


@functools.cache
def watched(settings: Settings) -> Usage:
    """Count what the template has CloudWatch watch, whatever the traffic."""
    resources = build_template(settings).to_dict()["Resources"].values()
    kinds = [resource["Type"] for resource in resources]
    alarms = sum(
        len([one for one in resource["Properties"].get("Metrics", [{}]) if "Expression" not in one])
        for resource in resources
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    )
    return {
        "alarm": Decimal(alarms),
        "dashboard": Decimal(kinds.count("AWS::CloudWatch::Dashboard")),
        "metric": Decimal(kinds.count("AWS::Logs::MetricFilter")),
    }


def synchronous(month: Month) -> Usage:
    """Let each function invoke the next one and wait for it, all while the client waits."""
    waiting = {"validator": 1, "processor": 2, "notifier": 3}
    return pipeline(month) | month.compute(month.measured.ours, waiting)


def standard_workflow(month: Month) -> Usage:
    """Let a Standard workflow of three tasks invoke the functions."""
    return pipeline(month) | {"state_transition": 3 * month.transactions}


def express_workflow(month: Month) -> Usage:
    """Let an Express workflow of three tasks invoke the functions: 64 MB, in steps of 100 ms."""
    warm = sum((one.warm for one in month.measured.ours.values()), Decimal())
    billed_seconds = _up(warm / 100) / 10
    return pipeline(month) | {
        "express_request": month.transactions,
        "express_gb_second": month.transactions * billed_seconds * 64 / 1_024,
    }


def queues(month: Month) -> Usage:
    """Put a queue before each function, which sends, receives and deletes one message at a time."""
    return pipeline(month) | {"sqs_request": 3 * 3 * month.transactions}


def batched_queues(month: Month) -> Usage:
    """Put a queue before each function, which takes ten messages in one execution."""
    used = pipeline(month)
    platform = used["logs_ingestion"] * Decimal("0.9") * PLATFORM_LINES / LOG_LINES
    return used | {
        "sqs_request": 3 * month.transactions * Decimal("1.2"),
        "lambda_request": used["lambda_request"] / 10,
        "logs_ingestion": used["logs_ingestion"] - platform,
    }


PLATFORM_LINES = 390  # bytes of LOG_LINES that the platform writes


def powertools(month: Month) -> Usage:
    """Write the same handlers with Powertools; its longer log lines are not counted."""
    return pipeline(month) | month.compute(month.measured.powertools, ONCE)


@dataclass(frozen=True)
class Design:
    """A way to do the same work."""

    name: str
    difference: str
    usage: Callable[[Month], Usage]


OURS = Design(
    "this pipeline", "asynchronous invocations, which cost nothing by themselves", pipeline
)
ALTERNATIVES = (
    Design(
        "synchronous chain",
        "each function is billed while it waits for the next one; the client waits for all three",
        synchronous,
    ),
    Design("Step Functions, Standard", "three state transitions", standard_workflow),
    Design("Step Functions, Express", "one workflow request, and its duration", express_workflow),
    Design("SQS between the stages", "three queues: send, receive, delete", queues),
    Design(
        "SQS, batches of ten",
        "the same; receives, deletes, executions and their log lines shared by ten",
        batched_queues,
    ),
    Design("Powertools handlers", "longer executions and initialisations", powertools),
)


def _up(number: Decimal) -> Decimal:
    return number.to_integral_value(ROUND_CEILING)
