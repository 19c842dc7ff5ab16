"""The topics, and their conditional email subscriptions."""

from tests.template.reading import Json, named, of_type, ref


def test_the_topics_are_as_designed(resources: Json) -> None:
    assert of_type(resources, "AWS::SNS::Topic") == {
        "TransactionTopic": {
            "TopicName": named("transaction-events"),
            "KmsMasterKeyId": "alias/aws/sns",
        },
        # An alarm cannot publish to a topic with the managed key.
        "OperationsTopic": {"TopicName": named("operations-alarms")},
    }


def test_email_is_conditional_and_receives_only_outcomes_that_need_attention(
    template: Json, resources: Json
) -> None:
    assert template["Conditions"] == {
        "HasAlertEmail": {"Fn::Not": [{"Fn::Equals": [ref("AlertEmail"), ""]}]},
        "RetainsData": {"Fn::Equals": [ref("RetainData"), "true"]},
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
