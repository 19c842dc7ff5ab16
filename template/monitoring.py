"""What wakes an operator: the alarms of each stage."""

from dataclasses import dataclass

from troposphere import GetAtt, Ref, Sub, Template, cloudwatch, sns

from template.functions import Stage
from template.parameters import named


@dataclass(frozen=True)
class _FunctionAlarm:
    """An alarm on a function's metric: any occurrence within a minute."""

    metric: str
    meaning: str


# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
_FUNCTION_ALARMS = [
    _FunctionAlarm("Errors", "An execution failed; it is retried, then dead-lettered."),
    _FunctionAlarm("Throttles", "Events wait for a free execution; raise the reservation."),
    _FunctionAlarm("DeadLetterErrors", "A dead letter was lost; check the role and the queue."),
    _FunctionAlarm(
        "DestinationDeliveryFailures", "A result was lost; check the role and the next function."
    ),
]


def add_alarms(template: Template, stage: Stage, topic: sns.Topic) -> None:
    """Add the alarms of one stage; they tell the topic."""
    title = stage.name.capitalize()
    for alarm in _FUNCTION_ALARMS:
        _add_alarm(
            template,
            f"{title}{alarm.metric}Alarm",
            Namespace="AWS/Lambda",
            MetricName=alarm.metric,
            Statistic="Sum",
            Dimensions=[cloudwatch.MetricDimension(Name="FunctionName", Value=Ref(stage.function))],
            AlarmName=named(f"{stage.name}-{alarm.metric}"),
            AlarmDescription=Sub(f"{stage.name}-${{EnvironmentSuffix}}: {alarm.meaning}"),
            AlarmActions=[Ref(topic)],
        )
    _add_alarm(
        template,
        f"{title}DeadLettersAlarm",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Statistic="Maximum",
        Dimensions=[
            cloudwatch.MetricDimension(
                Name="QueueName", Value=GetAtt(stage.dead_letter_queue, "QueueName")
            )
        ],
        AlarmName=named(f"{stage.name}-DeadLetters"),
        AlarmDescription=Sub(
            f"{stage.name}-dlq-${{EnvironmentSuffix}}: An event was given up; read its error, "
            "mend the cause, redrive it."
        ),
        AlarmActions=[Ref(topic)],
    )


def _add_alarm(template: Template, title: str, **properties: object) -> None:
    template.add_resource(
        cloudwatch.Alarm(
            title,
            ComparisonOperator="GreaterThanThreshold",
            Threshold=0,
            Period=60,
            EvaluationPeriods=1,
            TreatMissingData="notBreaching",
            **properties,
        )
    )
