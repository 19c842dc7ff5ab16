"""The alarms of a function, its dead-letter queue and its backlog.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from troposphere import cloudwatch

from template import metrics
from template.alarms import FIFTEEN_MINUTES, IMMEDIATE, SUSTAINED, Alarms
from template.settings import Settings
from template.stages import Stage

MS_PER_SECOND = 1_000
MIN_INVOCATIONS = 20
"""In five minutes. Below it, a percentage is not meaningful, and failures are dead-lettered."""


def watch_stage(alarms: Alarms, stage: Stage, settings: Settings) -> list[cloudwatch.Alarm]:
    """Add the alarms for exhausted retries, lost events and old events."""
    messages = metrics.of_queue(stage.dead_letter_queue, "ApproximateNumberOfMessagesVisible")
    added = [
        alarms.above(
            messages,
            stage.name,
            "DeadLetters",
            "An event is in the dead-letter queue. Read its error, fix the cause, then redrive.",
            **IMMEDIATE,
        ),
        alarms.above(
            metrics.of_function(stage.function, "DeadLetterErrors"),
            stage.name,
            "DeadLetterErrors",
            "LOSS: Lambda could not write a dead-letter message. Fix the role or the queue, "
            "then audit.",
            **IMMEDIATE,
        ),
        alarms.above(
            metrics.of_function(stage.function, "Throttles"),
            stage.name,
            "Throttles",
            "Events have been throttled for 15 minutes. None is lost, but the reserved "
            "concurrency is too low for the load. Raise it.",
            **FIFTEEN_MINUTES,
        ),
        alarms.above(
            metrics.of_function(stage.function, "AsyncEventAge", "Maximum"),
            stage.name,
            "AsyncEventAge",
            "An event has been queued for longer than retries take. After six hours it becomes "
            "a dead-letter message. Raise the concurrency, or fix what slows the function down.",
            Threshold=settings.alarm_event_age * MS_PER_SECOND,
            **IMMEDIATE,
        ),
    ]
    if stage.has_destinations:
        failures = alarms.above(
            metrics.of_function(stage.function, "DestinationDeliveryFailures"),
            stage.name,
            "DestinationDeliveryFailures",
            "LOSS: a result did not reach the next function. Fix the role or that function, "
            "then audit and submit again.",
            **IMMEDIATE,
        )
        added.append(failures)
    return added


def watch_errors(alarms: Alarms, stage: Stage) -> cloudwatch.Alarm:
    """Add the alarm of a function whose errors are never client errors."""
    return alarms.above(
        metrics.of_function(stage.function, "Errors"),
        stage.name,
        "Errors",
        "Executions keep failing, and so do their retries. Their events are about to become "
        "dead-letter messages. Read the error in the log.",
        **SUSTAINED,
    )


def watch_error_rate(alarms: Alarms, stage: Stage, settings: Settings) -> cloudwatch.Alarm:
    """Add the alarm of a function that fails by design when it rejects a transaction."""
    return alarms.above_share(
        metrics.of_function(stage.function, "Errors"),
        metrics.of_function(stage.function, "Invocations"),
        stage.name,
        "ErrorRate",
        "More than the usual share of transactions is rejected or fails. A client sends invalid "
        "transactions, or a deployment is broken. Read the reasons in the log.",
        minimum=MIN_INVOCATIONS,
        Threshold=settings.alarm_error_rate,
        **IMMEDIATE,
    )
