"""The outputs of a stack: one class writes them to the template and reads them from a stack.

For each stage, in pipeline order, they contain its name, function and queue.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

STAGES = "Stages"


class NoStages(KeyError):
    """The stack's template is older than the output with the stages' names."""


def output(description: str) -> Any:
    """Return a field for an output with this description."""
    return field(metadata={"description": description})


@dataclass(frozen=True)
class StageOutputs[Value]:
    """The name, function and dead-letter queue of a stage."""

    name: str
    function_name: Value
    queue_name: Value


@dataclass(frozen=True, kw_only=True)
class StackOutputs[Value]:
    """The outputs, which are template functions when written and strings when read."""

    api_url: Value = output("URL of the API's stage")
    api_endpoint: Value = output("URL to POST transactions to")
    api_id: Value = output("ID of the REST API")
    api_key_id: Value = output("ID of the API key; aws apigateway get-api-key returns its value")
    usage_plan_id: Value = output("ID of the usage plan")
    table_name: Value = output("Table of the transactions")
    outcomes_table_name: Value = output("Table of the outcomes")
    bucket_name: Value = output("Bucket of the audit objects")
    topic_arn: Value = output("Topic of the notifications")
    operations_topic_arn: Value = output("Topic of the alarms")
    dashboard_name: Value = output("Dashboard of the pipeline, in CloudWatch")
    stages: Sequence[StageOutputs[Value]] = output("Names of the stages, first to last")

    def described(self) -> dict[str, tuple[Value | str, str]]:
        """Return the values and descriptions by output name."""
        found: dict[str, tuple[Value | str, str]] = {
            _key(item.name): (getattr(self, item.name), item.metadata["description"])
            for item in fields(self)
        }
        names = ",".join(stage.name for stage in self.stages)
        found[STAGES] = (names, found[STAGES][1])
        for stage in self.stages:
            function, queue = _keys(stage.name)
            found[function] = (stage.function_name, f"Function of the stage {stage.name}")
            found[queue] = (stage.queue_name, f"Dead-letter queue of the stage {stage.name}")
        return found

    def flat(self) -> dict[str, Value | str]:
        """Return the values by output name."""
        return {name: value for name, (value, _) in self.described().items()}

    @staticmethod
    def read(outputs: Iterable[Mapping[str, Any]]) -> "StackOutputs[str]":
        """Read the outputs in a DescribeStacks response.

        Raises NoStages for an older template, and KeyError for another kind of stack.
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
