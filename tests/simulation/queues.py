"""Events, dead-letter messages, and the stack that `pipeline redrive` sees."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from ops.evidence import DeadLetter
from template.outputs import StageOutputs
from tests.simulation.aws import Call
from tests.simulation.versions import STAGES

type Wait = Callable[[Call, Callable[[], Any]], Any]


@dataclass(frozen=True)
class Event:
    """An event in the queue of a function."""

    stage: str
    payload: Any
    invocation: str
    attempt: int = 1

    @cached_property
    def dead_letter(self) -> DeadLetter:
        """The event as commands would read it."""
        return DeadLetter(self.stage, self.payload, "")

    @cached_property
    def rank(self) -> tuple[int, str]:
        """The place of the stage, and for a notifier the request."""
        last = self.stage == STAGES[-1]
        return STAGES.index(self.stage), self.dead_letter.id if last else ""


@dataclass
class Message:
    """A dead-letter message; in flight while a command has received it."""

    event: Event
    error: str
    in_flight: bool = False

    def received(self) -> dict[str, Any]:
        """Return the message as SQS does, and put it in flight."""
        self.in_flight = True
        attributes = {"RequestID": self.event.invocation, "ErrorMessage": self.error}
        return {
            "MessageId": str(id(self)),
            "ReceiptHandle": str(id(self)),
            "Body": json.dumps(self.event.payload),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        }


def stage_outputs(stage: str) -> StageOutputs[str]:
    """Return the outputs of a stage."""
    return StageOutputs(stage, stage, stage)


def stack(queue: list[Message], invoke: Callable[[str, Any], str], wait: Wait) -> Any:
    """Return a stack whose dead-letter queues and functions are those of a simulation."""

    def receive(QueueUrl: str, **_: Any) -> Any:
        def effect() -> list[dict[str, Any]]:
            return [
                one.received() for one in queue if one.event.stage == QueueUrl and not one.in_flight
            ]

        return {"Messages": wait(Call("ReceiveMessage", {"subject": QueueUrl}), effect)}

    def delete(QueueUrl: str, ReceiptHandle: str) -> None:
        def effect() -> None:
            queue[:] = [one for one in queue if str(id(one)) != ReceiptHandle]

        wait(Call("DeleteMessage", {"subject": QueueUrl}), effect)

    def change_visibility(QueueUrl: str, Entries: list[dict[str, Any]]) -> None:
        def effect() -> None:
            handles = {entry["ReceiptHandle"] for entry in Entries}
            for one in queue:
                one.in_flight = one.in_flight and str(id(one)) not in handles

        wait(Call("ChangeMessageVisibility", {"subject": QueueUrl}), effect)

    def invoke_function(FunctionName: str, Payload: str, **_: Any) -> Any:
        call = Call("Invoke", {"subject": FunctionName})
        request_id = wait(call, lambda: invoke(FunctionName, json.loads(Payload)))
        return {"ResponseMetadata": {"RequestId": request_id}}

    return SimpleNamespace(
        functions=SimpleNamespace(invoke=invoke_function),
        sqs=SimpleNamespace(
            get_queue_url=lambda QueueName: {"QueueUrl": QueueName},
            receive_message=receive,
            delete_message=delete,
            change_message_visibility_batch=change_visibility,
        ),
    )
