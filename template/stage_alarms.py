"""What wakes an operator about a function, its queue and the events that wait for it.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from troposphere import cloudwatch

from template import metrics
from template.alarms import AT_ONCE, FOR_A_QUARTER, GOING_ON, Alarms
from template.settings import Settings
from template.stages import Stage

MS_PER_SECOND = 1_000
FEWEST_INVOCATIONS = 20
"""With fewer in five minutes a share says nothing; each failure is in a dead-letter queue."""


def watch_stage(alarms: Alarms, stage: Stage, settings: Settings) -> list[cloudwatch.Alarm]:
    """Watch for what was given up, what is lost, and what waits too long."""
    letters = metrics.of_queue(stage.dead_letter_queue, "ApproximateNumberOfMessagesVisible")
    added = [
        alarms.above(
            letters,
            stage.name,
            "DeadLetters",
            "An event was given up: read its error, mend the cause, redrive it.",
            **AT_ONCE,
        ),
        alarms.above(
            metrics.of_function(stage.function, "DeadLetterErrors"),
            stage.name,
            "DeadLetterErrors",
            "LOSS: an event was given up and its dead letter could not be written. "
            "Mend role or queue, then audit.",
            **AT_ONCE,
        ),
        alarms.above(
            metrics.of_function(stage.function, "Throttles"),
            stage.name,
            "Throttles",
            "Events have waited for a free execution for a quarter of an hour: nothing is "
            "lost, but the reservation is too small for the load. Raise it.",
            **FOR_A_QUARTER,
        ),
        alarms.above(
            metrics.of_function(stage.function, "AsyncEventAge", "Maximum"),
            stage.name,
            "AsyncEventAge",
            "An event waits longer than retries explain; after six hours it is given up. "
            "Raise the concurrency, or mend what slows the function down.",
            Threshold=settings.alarm_event_age * MS_PER_SECOND,
            **AT_ONCE,
        ),
    ]
    if stage.has_destinations:
        failures = alarms.above(
            metrics.of_function(stage.function, "DestinationDeliveryFailures"),
            stage.name,
            "DestinationDeliveryFailures",
            "LOSS: a result did not reach the next function. Mend the role or that "
            "function, then audit and submit again.",
            **AT_ONCE,
        )
        added.append(failures)
    return added


def watch_errors(alarms: Alarms, stage: Stage) -> cloudwatch.Alarm:
    """Watch a function whose errors are no client's fault."""
    return alarms.above(
        metrics.of_function(stage.function, "Errors"),
        stage.name,
        "Errors",
        "Executions keep failing, their retries too: events are about to be given up. Read "
        "the error in the log.",
        **GOING_ON,
    )


def watch_error_rate(alarms: Alarms, stage: Stage, settings: Settings) -> cloudwatch.Alarm:
    """Watch a function that fails by design: a rejection is an error, and a dead letter."""
    return alarms.above_share(
        metrics.of_function(stage.function, "Errors"),
        metrics.of_function(stage.function, "Invocations"),
        stage.name,
        "ErrorRate",
        "More of what was accepted is rejected, or fails, than can be chance: a client sends "
        "nonsense or a deployment is broken. Read the reasons in the log.",
        fewest=FEWEST_INVOCATIONS,
        Threshold=settings.alarm_error_rate,
        **AT_ONCE,
    )
