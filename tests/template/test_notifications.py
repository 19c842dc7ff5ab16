"""Who is told: topics, e-mail on condition, and an alarm for everything that can go wrong."""

from tests.template.reading import STAGES, Json, get, named, of_type, ref, sub

MEANINGS = {
    "Errors": "An execution failed; it is retried, then dead-lettered.",
    "Throttles": "Events wait for a free execution; raise the reservation.",
    "DeadLetterErrors": "A dead letter was lost; check the role and the queue.",
    "DestinationDeliveryFailures": "A result was lost; check the role and the next function.",
}


def test_the_topics_are_as_designed(resources: Json) -> None:
    assert of_type(resources, "AWS::SNS::Topic") == {
        "TransactionTopic": {
            "TopicName": named("transaction-events"),
            "KmsMasterKeyId": "alias/aws/sns",
        },
        # An alarm cannot publish to a topic under the managed key.
        "OperationsTopic": {"TopicName": named("operations-alarms")},
    }


def test_email_is_told_of_trouble_only_and_only_where_there_is_an_address(
    template: Json, resources: Json
) -> None:
    assert template["Conditions"] == {
        "HasAlertEmail": {"Fn::Not": [{"Fn::Equals": [ref("AlertEmail"), ""]}]}
    }
    subscription = {"Protocol": "email", "Endpoint": ref("AlertEmail")}
    assert of_type(resources, "AWS::SNS::Subscription") == {
        "TransactionTopicEmail": {
            **subscription,
            "TopicArn": ref("TransactionTopic"),
            "FilterPolicy": {"status": ["CONFLICT", "REJECTED", "FAILED"]},
        },
        "OperationsTopicEmail": {**subscription, "TopicArn": ref("OperationsTopic")},
    }
    conditions = {
        title: resource["Condition"]
        for title, resource in resources.items()
        if "Condition" in resource
    }
    assert conditions == {
        "TransactionTopicEmail": "HasAlertEmail",
        "OperationsTopicEmail": "HasAlertEmail",
    }


def an_alarm(name: str, description: str, **metric: object) -> Json:
    return {
        "AlarmName": named(name),
        "AlarmDescription": sub(description),
        "AlarmActions": [ref("OperationsTopic")],
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "Period": 60,
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching",
        **metric,
    }


def test_every_stage_has_its_alarms(resources: Json) -> None:
    expected = {}
    for stage in STAGES:
        title = stage.capitalize()
        function = {"Name": "FunctionName", "Value": ref(f"{title}Function")}
        for metric, meaning in MEANINGS.items():
            expected[f"{title}{metric}Alarm"] = an_alarm(
                f"{stage}-{metric}",
                f"{stage}-${{EnvironmentSuffix}}: {meaning}",
                Namespace="AWS/Lambda",
                MetricName=metric,
                Statistic="Sum",
                Dimensions=[function],
            )
        queue = {"Name": "QueueName", "Value": get(f"{title}DeadLetterQueue", "QueueName")}
        expected[f"{title}DeadLettersAlarm"] = an_alarm(
            f"{stage}-DeadLetters",
            f"{stage}-dlq-${{EnvironmentSuffix}}: An event was given up; read its error, "
            "mend the cause, redrive it.",
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Statistic="Maximum",
            Dimensions=[queue],
        )
    assert of_type(resources, "AWS::CloudWatch::Alarm") == expected
