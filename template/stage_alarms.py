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
            "An event was given up: read its error, mend the cause, redrive it.",
            **IMMEDIATE,
        ),
        alarms.above(
            metrics.of_function(stage.function, "DeadLetterErrors"),
            stage.name,
            "DeadLetterErrors",
            "LOSS: an event was given up and its dead letter could not be written. "
            "Mend role or queue, then audit.",
            **IMMEDIATE,
        ),
        alarms.above(
            metrics.of_function(stage.function, "Throttles"),
            stage.name,
            "Throttles",
            "Events have waited for a free execution for a quarter of an hour: nothing is "
            "lost, but the reservation is too small for the load. Raise it.",
            **FIFTEEN_MINUTES,
        ),
        alarms.above(
            metrics.of_function(stage.function, "AsyncEventAge", "Maximum"),
            stage.name,
            "AsyncEventAge",
            "An event waits longer than retries explain; after six hours it is given up. "
            "Raise the concurrency, or mend what slows the function down.",
            Threshold=settings.alarm_event_age * MS_PER_SECOND,
            **IMMEDIATE,
        ),
    ]
    if stage.has_destinations:
        failures = alarms.above(
            metrics.of_function(stage.function, "DestinationDeliveryFailures"),
            stage.name,
            "DestinationDeliveryFailures",
            "LOSS: a result did not reach the next function. Mend the role or that "
            "function, then audit and submit again.",
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
        "Executions keep failing, their retries too: events are about to be given up. Read "
        "the error in the log.",
        **SUSTAINED,
    )


def watch_error_rate(alarms: Alarms, stage: Stage, settings: Settings) -> cloudwatch.Alarm:
    """Add the alarm of a function that fails by design when it rejects a transaction."""
    return alarms.above_share(
        metrics.of_function(stage.function, "Errors"),
        metrics.of_function(stage.function, "Invocations"),
        stage.name,
        "ErrorRate",
        "More of what was accepted is rejected, or fails, than can be chance: a client sends "
        "nonsense or a deployment is broken. Read the reasons in the log.",
        minimum=MIN_INVOCATIONS,
        Threshold=settings.alarm_error_rate,
        **IMMEDIATE,
    )
