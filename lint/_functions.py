"""Lambda functions of a template, and where each sends what became of an invocation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lint._template import Path, Resource, Template, at

FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")


@dataclass(frozen=True)
class Target:
    """A destination or dead-letter queue, set on a function."""

    function: Resource
    setting: str
    arn: Any
    service: Any
    """What SAM's `Type` says; CloudFormation has no such property."""
    path: Path


def targets(template: Template) -> Iterator[Target]:
    """Yield all that Lambda uses for asynchronous invocations alone."""
    for function in template.of_type(*FUNCTIONS):
        for name in ("DeadLetterQueue", "DeadLetterConfig"):
            queue = function.properties.get(name)
            if isinstance(queue, dict):
                yield Target(
                    function,
                    "The dead-letter queue",
                    queue.get("TargetArn"),
                    queue.get("Type"),
                    function.path(name),
                )
        yield from _destinations(function, function, "EventInvokeConfig")
    for config in template.of_type("AWS::Lambda::EventInvokeConfig"):
        owner = template.denoted(config.properties.get("FunctionName"))
        if owner is not None and owner.kind in FUNCTIONS:
            yield from _destinations(owner, config)


def _destinations(function: Resource, holder: Resource, *keys: str) -> Iterator[Target]:
    for name in ("OnSuccess", "OnFailure"):
        keys_of_it = (*keys, "DestinationConfig", name)
        destination = at(holder.properties, *keys_of_it)
        if isinstance(destination, dict):
            yield Target(
                function,
                name,
                destination.get("Destination"),
                destination.get("Type"),
                holder.path(*keys_of_it),
            )
