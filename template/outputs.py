"""What a stack tells the world: one class writes the template's Outputs and reads a stack's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from troposphere import Output, Template


def output(description: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Declare an output with its description."""
    return field(metadata={"description": description})


@dataclass(frozen=True, kw_only=True)
class StackOutputs[Value]:
    """The outputs: of template functions when written, of strings when read."""

    api_url: Value = output("URL of the API's stage")
    api_endpoint: Value = output("URL to POST transactions to")
    api_id: Value = output("Id of the REST API")
    api_key_id: Value = output("Id of the API key; its value: aws apigateway get-api-key")
    usage_plan_id: Value = output("Id of the usage plan")
    table_name: Value = output("Table of the transactions")
    bucket_name: Value = output("Bucket of the audit objects")
    topic_arn: Value = output("Topic of the notifications")
    operations_topic_arn: Value = output("Topic of the alarms")
    validator_function_name: Value = output("Function that validates")
    processor_function_name: Value = output("Function that records")
    notifier_function_name: Value = output("Function that notifies")
    validator_queue_name: Value = output("Dead-letter queue of the validator")
    processor_queue_name: Value = output("Dead-letter queue of the processor")
    notifier_queue_name: Value = output("Dead-letter queue of the notifier")
    dashboard_name: Value = output("Dashboard of the pipeline, in CloudWatch")

    def add_to(self, template: Template) -> None:
        """Add one Output for each field."""
        for item in fields(self):
            template.add_output(
                Output(
                    _key(item.name),
                    Description=item.metadata["description"],
                    Value=getattr(self, item.name),
                )
            )

    def flat(self) -> dict[str, Value]:
        """Give each under the name that it has in the template."""
        return {_key(item.name): getattr(self, item.name) for item in fields(self)}

    @staticmethod
    def read(outputs: Iterable[Mapping[str, Any]]) -> "StackOutputs[str]":
        """Read what DescribeStacks lists as Outputs; raises KeyError for one that is missing.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
        """
        values = {item["OutputKey"]: item["OutputValue"] for item in outputs}
        return StackOutputs(**{item.name: values[_key(item.name)] for item in fields(StackOutputs)})


def _key(name: str) -> str:
    return name.title().replace("_", "")
