"""The pipeline as it is, and the usual alternatives: what each uses of each service."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ops.cost.usage import LOG_LINES, PLATFORM_LINES, Month, Usage, pipeline, rounded_up

CALLS_OF_A_QUEUE = 3
"""Send, receive, delete."""


def synchronous(month: Month) -> Usage:
    """Let each function invoke the next one and wait for it, all while the client waits."""
    waiting = {stage: place for place, stage in enumerate(month.measured.ours, 1)}
    return pipeline(month) | month.compute(month.measured.ours, waiting)


def standard_workflow(month: Month) -> Usage:
    """Let a Standard workflow with a task for each stage invoke the functions."""
    return pipeline(month) | {"state_transition": len(month.measured.ours) * month.transactions}


def express_workflow(month: Month) -> Usage:
    """Let an Express workflow with a task for each stage invoke them: 64 MB, in steps of 100 ms."""
    warm = sum((one.warm for one in month.measured.ours.values()), Decimal())
    billed_seconds = rounded_up(warm / 100) / 10
    return pipeline(month) | {
        "express_request": month.transactions,
        "express_gb_second": month.transactions * billed_seconds * 64 / 1_024,
    }


def queues(month: Month) -> Usage:
    """Put a queue before each function, which sends, receives and deletes one message at a time."""
    return pipeline(month) | {
        "sqs_request": CALLS_OF_A_QUEUE * len(month.measured.ours) * month.transactions
    }


def batched_queues(month: Month) -> Usage:
    """Put a queue before each function, which takes ten messages in one execution."""
    used = pipeline(month)
    platform = used["logs_ingestion"] * Decimal("0.9") * PLATFORM_LINES / LOG_LINES
    return used | {
        "sqs_request": len(month.measured.ours) * month.transactions * Decimal("1.2"),
        "lambda_request": used["lambda_request"] / 10,
        "logs_ingestion": used["logs_ingestion"] - platform,
    }


def powertools(month: Month) -> Usage:
    """Write the same handlers with Powertools; its longer log lines are not counted."""
    return pipeline(month) | month.compute(month.measured.powertools)


@dataclass(frozen=True)
class Design:
    """A way to do the same work."""

    name: str
    difference: str
    usage: Callable[[Month], Usage]


OURS = Design(
    "this pipeline", "asynchronous invocations, which have no price of their own", pipeline
)
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
        "the same; ten messages share a receive, a delete, an execution and its log lines",
        batched_queues,
    ),
    Design("Powertools handlers", "longer executions and initializations", powertools),
)
