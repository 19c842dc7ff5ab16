"""The usage of each service by this pipeline and by alternative designs."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ops.cost.usage import LOG_LINES, PLATFORM_LINES, Month, Usage, pipeline, rounded_up

CALLS_OF_A_QUEUE = 3
"""SendMessage, ReceiveMessage and DeleteMessage."""


def synchronous(month: Month) -> Usage:
    """Return the usage if each function invokes the next one and waits for it."""
    runs = {stage: place for place, stage in enumerate(month.measured.ours, 1)}
    return pipeline(month) | month.compute(month.measured.ours, runs)


def standard_workflow(month: Month) -> Usage:
    """Return the usage of a Standard workflow with one task per stage."""
    return pipeline(month) | {"state_transition": len(month.measured.ours) * month.transactions}


def express_workflow(month: Month) -> Usage:
    """Return the usage of an Express workflow with one task per stage, billed 64 MB per 100 ms."""
    warm = sum((one.warm for one in month.measured.ours.values()), Decimal())
    billed_seconds = rounded_up(warm / 100) / 10
    return pipeline(month) | {
        "express_request": month.transactions,
        "express_gb_second": month.transactions * billed_seconds * 64 / 1_024,
    }


def queues(month: Month) -> Usage:
    """Return the usage with an unbatched queue before each function."""
    return pipeline(month) | {
        "sqs_request": CALLS_OF_A_QUEUE * len(month.measured.ours) * month.transactions
    }


def batched_queues(month: Month) -> Usage:
    """Return the usage with a queue before each function and batches of ten."""
    used = pipeline(month)
    shared = Decimal("0.9") * PLATFORM_LINES / LOG_LINES if month.settings.platform_lines else 0
    return used | {
        "sqs_request": len(month.measured.ours) * month.transactions * Decimal("1.2"),
        "lambda_request": used["lambda_request"] / 10,
        "logs_ingestion": used["logs_ingestion"] * (1 - shared),
    }


def powertools(month: Month) -> Usage:
    """Return the usage with Powertools handlers, without their longer log lines."""
    return pipeline(month) | month.compute(month.measured.powertools)


@dataclass(frozen=True)
class Design:
    """A design that does the same work."""

    name: str
    difference: str
    usage: Callable[[Month], Usage]


OURS = Design("this pipeline", "asynchronous invocations, which are free of charge", pipeline)
ALTERNATIVES = (
    Design(
        "synchronous chain",
        "each function is billed while it waits for the next one; the client waits for all of them",
        synchronous,
    ),
    Design("Step Functions, Standard", "a state transition for each stage", standard_workflow),
    Design("Step Functions, Express", "one workflow request and its duration", express_workflow),
    Design(
        "SQS between the stages",
        "a queue for each stage: send, receive, delete; polls of empty queues are not included",
        queues,
    ),
    Design(
        "SQS, batches of ten",
        "the same, with receives, deletes, executions and log lines shared by ten messages",
        batched_queues,
    ),
    Design("Powertools handlers", "longer executions and initializations", powertools),
)
