"""The deliveries of asynchronous invocations: destinations and dead-letter queues of functions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cfn_lint_async_pipelines.permissions import is_allowed
from cfn_lint_async_pipelines.template import Path, Resource, Template, at, references, texts

FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")

_ACTIONS = {
    "AWS::Events::EventBus": "events:PutEvents",
    "AWS::Lambda::Function": "lambda:InvokeFunction",
    "AWS::S3::Bucket": "s3:PutObject",
    "AWS::SNS::Topic": "sns:Publish",
    "AWS::SQS::Queue": "sqs:SendMessage",
    "AWS::Serverless::Function": "lambda:InvokeFunction",
}
_ACTIONS_BY_SERVICE = {action.split(":")[0]: action for action in _ACTIONS.values()}
_ACTIONS_BY_SAM_TYPE = {
    "EventBridge": "events:PutEvents",
    "Lambda": "lambda:InvokeFunction",
    "S3Bucket": "s3:PutObject",
    "SNS": "sns:Publish",
    "SQS": "sqs:SendMessage",
}
_ARN = re.compile(r"arn:(?:\$\{[^}]+\}|[^:$]+):([a-z0-9]+):")


@dataclass(frozen=True)
class Delivery:
    """A destination or dead-letter queue, set on a function."""

    function: Resource
    setting: str
    arn: object
    sam_type: object
    """SAM's `Type` of the target. CloudFormation has no such property."""
    path: Path


def deliveries(template: Template) -> Iterator[Delivery]:
    """Yield every setting that Lambda uses for asynchronous invocations alone."""
    for function in template.of_type(*FUNCTIONS):
        for name in ("DeadLetterQueue", "DeadLetterConfig"):
            queue = function.properties.get(name)
            if isinstance(queue, dict):
                yield Delivery(
                    function,
                    "The dead-letter queue",
                    queue.get("TargetArn"),
                    queue.get("Type"),
                    function.path(name),
                )
        yield from _destinations(function, function, "EventInvokeConfig")
    for config in template.of_type("AWS::Lambda::EventInvokeConfig"):
        function_of_config = template.denoted(config.properties.get("FunctionName"))
        if function_of_config is not None and function_of_config.kind in FUNCTIONS:
            yield from _destinations(function_of_config, config)


def _destinations(function: Resource, holder: Resource, *keys: str) -> Iterator[Delivery]:
    for name in ("OnSuccess", "OnFailure"):
        path = (*keys, "DestinationConfig", name)
        destination = at(holder.properties, *path)
        if isinstance(destination, dict):
            yield Delivery(
                function,
                name,
                destination.get("Destination"),
                destination.get("Type"),
                holder.path(*path),
            )


def missing_action(delivery: Delivery, role: Resource, template: Template) -> str | None:
    """Return the action that the delivery needs and the role lacks, None if the role has it.

    None also where the template does not show which action the delivery needs.
    """
    target = template.denoted(delivery.arn)
    action = _action(delivery, target)
    if (
        action is None
        or _is_connected(delivery.function, template)
        or is_allowed(role, action, target, template)
    ):
        return None
    return action


def _action(delivery: Delivery, target: Resource | None) -> str | None:
    if target is not None:
        return _ACTIONS.get(target.kind)
    arn = _ARN.match(next(texts(delivery.arn), ""))
    if arn:
        return _ACTIONS_BY_SERVICE.get(arn[1])
    return _ACTIONS_BY_SAM_TYPE.get(str(delivery.sam_type))


def _is_connected(function: Resource, template: Template) -> bool:
    """Return True if a SAM connector may give the permission."""
    return "Connectors" in function.body or any(
        function.title in references(connector.properties)
        for connector in template.of_type("AWS::Serverless::Connector")
    )
