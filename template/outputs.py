"""What a stack exposes: one class writes the template's Outputs and reads those of a stack.

Of each stage, in the order of the flow, that is its name, its function and its queue.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

STAGES = "Stages"


class NoStages(KeyError):
    """The stack is older than the output that names its stages."""


def output(description: str) -> Any:
    """Declare an output with its description."""
    return field(metadata={"description": description})


@dataclass(frozen=True)
class StageOutputs[Value]:
    """A stage's name, its function and its dead-letter queue."""

    name: str
    function_name: Value
    queue_name: Value


@dataclass(frozen=True, kw_only=True)
class StackOutputs[Value]:
    """The outputs: of template functions when written, of strings when read."""

    api_url: Value = output("URL of the API's stage")
    api_endpoint: Value = output("URL to POST transactions to")
    api_id: Value = output("ID of the REST API")
    api_key_id: Value = output("ID of the API key; aws apigateway get-api-key returns its value")
    usage_plan_id: Value = output("ID of the usage plan")
    table_name: Value = output("Table of the transactions")
    bucket_name: Value = output("Bucket of the audit objects")
    topic_arn: Value = output("Topic of the notifications")
    operations_topic_arn: Value = output("Topic of the alarms")
    dashboard_name: Value = output("Dashboard of the pipeline, in CloudWatch")
    stages: Sequence[StageOutputs[Value]] = output("Names of the stages, first to last")

    def flat(self) -> dict[str, Value | str]:
        """Return each value under the name that it has in the template."""
        named: dict[str, Value | str] = {_key(name): getattr(self, name) for name in _SINGLE}
        named[STAGES] = ",".join(stage.name for stage in self.stages)
        for stage in self.stages:
            function, queue = _keys(stage.name)
            named |= {function: stage.function_name, queue: stage.queue_name}
        return named

    def descriptions(self) -> dict[str, str]:
        """Return the description of each output, by its name in the template."""
        described = {_key(item.name): item.metadata["description"] for item in fields(self)}
        for stage in self.stages:
            function, queue = _keys(stage.name)
            described |= {
                function: f"Function of the stage {stage.name}",
                queue: f"Dead-letter queue of the stage {stage.name}",
            }
        return described

    @staticmethod
    def read(outputs: Iterable[Mapping[str, Any]]) -> "StackOutputs[str]":
        """Read the Outputs that DescribeStacks lists.

        Raises NoStages for a stack of an older template, KeyError for another kind of stack.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
        """
        values = {item["OutputKey"]: item["OutputValue"] for item in outputs}
        plain = {name: values[_key(name)] for name in _SINGLE}
        if STAGES not in values:
            raise NoStages(STAGES)
        stages = [
            StageOutputs(name, *(values[key] for key in _keys(name)))
            for name in values[STAGES].split(",")
        ]
        return StackOutputs(**plain, stages=stages)


_SINGLE = [item.name for item in fields(StackOutputs) if item.name != "stages"]


def _keys(stage: str) -> tuple[str, str]:
    title = _key(stage.replace("-", "_"))
    return f"{title}FunctionName", f"{title}QueueName"


def _key(name: str) -> str:
    return name.title().replace("_", "")
