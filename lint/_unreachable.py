"""E9325: a destination or dead-letter queue that the function's role cannot reach."""

import re
from collections.abc import Iterator

from lint._functions import Target, targets
from lint._permissions import may
from lint._rule import SOURCES, Finding, Rule
from lint._template import Template, references, texts

_ACTIONS = {
    "AWS::Events::EventBus": "events:PutEvents",
    "AWS::Lambda::Function": "lambda:InvokeFunction",
    "AWS::S3::Bucket": "s3:PutObject",
    "AWS::SNS::Topic": "sns:Publish",
    "AWS::SQS::Queue": "sqs:SendMessage",
    "AWS::Serverless::Function": "lambda:InvokeFunction",
}
_BY_SERVICE = {action.split(":")[0]: action for action in _ACTIONS.values()}
_BY_SAM_TYPE = {
    "EventBridge": "events:PutEvents",
    "Lambda": "lambda:InvokeFunction",
    "S3Bucket": "s3:PutObject",
    "SNS": "sns:Publish",
    "SQS": "sqs:SendMessage",
}
_ARN = re.compile(r"arn:(?:\$\{[^}]+\}|[^:$]+):([a-z0-9]+):")


class Unreachable(Rule):
    """Lambda delivers with the function's own role, which may not."""

    id = "E9325"
    shortdesc = "Destination or dead-letter queue that the function's role cannot reach"
    description = (
        "Lambda sends to destinations and dead-letter queues with the function's role; SAM adds "
        "no permission to a role that it did not make"
    )
    source_url = f"{SOURCES}/lambda/latest/dg/invocation-async-retain-records.html"
    tags = ("resources", "lambda", "iam")

    def findings(self, template: Template) -> Iterator[Finding]:
        """Point at each target that a role of this template may not send to."""
        for target in targets(template):
            function = target.function
            role = template.denoted(function.properties.get("Role"))
            action = _action(target, template)
            if role is None or action is None or _is_connected(target, template):
                continue
            if not may(role, action, template.denoted(target.arn), template):
                yield Finding(
                    target.path,
                    f"{target.setting} of {function.title} cannot be delivered: {role.title} "
                    f"does not allow {action} on it",
                )


def _action(target: Target, template: Template) -> str | None:
    """Return what it takes to send to the target; None where only AWS can tell."""
    resource = template.denoted(target.arn)
    if resource is not None:
        return _ACTIONS.get(resource.kind)
    arn = _ARN.match(next(texts(target.arn), ""))
    return _BY_SERVICE.get(arn[1]) if arn else _BY_SAM_TYPE.get(str(target.service))


def _is_connected(target: Target, template: Template) -> bool:
    """Say whether a SAM connector may give the permission."""
    return "Connectors" in target.function.body or any(
        target.function.title in references(connector.properties)
        for connector in template.of_type("AWS::Serverless::Connector")
    )
