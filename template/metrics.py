"""The metrics of alarms and dashboard: AWS's own, and the count of outcomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import (
    AWSHelperFn,
    AWSObject,
    GetAtt,
    Ref,
    Sub,
    Template,
    cloudwatch,
    logs,
    sns,
    sqs,
)
from troposphere.dynamodb import Table
from troposphere.serverless import Api, Function

from contract import OUTCOMES
from template.api import STAGE
from template.parameters import named

OUTCOME_PATTERN = " || ".join(f'($.status = "{status}")' for status in OUTCOMES)
OUTCOME_NAMESPACE = Sub("TransactionPipeline/${EnvironmentSuffix}")
OUTCOME_METRIC = "Transactions"


@dataclass(frozen=True)
class Metric:
    """A metric with its dimensions and statistic."""

    namespace: str | Sub
    name: str
    dimensions: Mapping[str, Any]
    statistic: str = "Sum"

    def properties(self) -> dict[str, Any]:
        """Return the metric as properties of an alarm."""
        return {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [
                cloudwatch.MetricDimension(Name=name, Value=value)
                for name, value in self.dimensions.items()
            ],
        }


NAMESPACES: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    Function: ("AWS/Lambda", lambda function: {"FunctionName": Ref(function)}),
    sqs.Queue: ("AWS/SQS", lambda queue: {"QueueName": GetAtt(queue, "QueueName")}),
    Api: ("AWS/ApiGateway", lambda api: {"ApiName": api.Name, "Stage": STAGE}),
    Table: ("AWS/DynamoDB", lambda table: {"TableName": Ref(table)}),
    sns.Topic: ("AWS/SNS", lambda topic: {"TopicName": GetAtt(topic, "TopicName")}),
}
"""The namespace and dimensions of the metrics of each kind of resource."""


def metric_of(resource: AWSObject, name: str, statistic: str = "Sum") -> Metric:
    """Return a metric of a resource."""
    namespace, dimensions = NAMESPACES[type(resource)]
    return Metric(namespace, name, dimensions(resource), statistic)


def of_outcome(status: str) -> Metric:
    """Return the count of transactions with this outcome."""
    return Metric(OUTCOME_NAMESPACE, OUTCOME_METRIC, {"Status": status})


def add_outcome_counts(template: Template, log_group: logs.LogGroup) -> logs.MetricFilter:
    """Add a filter that counts the notifier's log lines by status, one line per outcome.

    Lambda passes printed JSON lines on unchanged. Each status is a billed custom metric, so the
    pattern lists the statuses.
    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    return template.add_resource(
        logs.MetricFilter(
            "OutcomeMetricFilter",
            FilterName=named("transaction-outcomes"),
            LogGroupName=Ref(log_group),
            FilterPattern=f"{{ {OUTCOME_PATTERN} }}",
            MetricTransformations=[
                logs.MetricTransformation(
                    MetricNamespace=OUTCOME_NAMESPACE,
                    MetricName=OUTCOME_METRIC,
                    MetricValue="1",
                    Unit="Count",
                    Dimensions=[logs.Dimension(Key="Status", Value="$.status")],
                )
            ],
        )
    )


def as_text(value: object) -> str:
    """Return a value as text for Fn::Sub."""
    content = value.to_dict() if isinstance(value, AWSHelperFn) else value
    match content:
        case {"Ref": title}:
            return f"${{{title}}}"
        case {"Fn::GetAtt": [title, attribute]}:
            return f"${{{title}.{attribute}}}"
        case {"Fn::Sub": text} | str(text):
            return str(text)
    raise TypeError(content)
