"""The AWS of a simulation, with the calls to it and what each last one stored or published."""

from typing import Any

from tests.simulation.aws import Aws, Call, Reply

type Answer = tuple[int, dict[str, Any]]


class RecordedAws:
    """An AWS that is empty at first."""

    def __init__(self) -> None:
        self._aws = Aws()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.stored: dict[str, Any] = {}

    def answer(self, operation: str, asked: dict[str, Any]) -> Answer:
        """Do what a call asks for, and return status and response as botocore parses them."""
        self.calls.append((operation, asked))
        call = Call(operation, asked)
        try:
            reply = self._aws.apply(call)
        except NotImplementedError:
            reply = Reply(400, f"{operation} is not simulated")
        if reply.code:
            return reply.status, {"Error": {"Code": reply.code, "Message": reply.code}}
        match operation:
            case "PutObject":
                self.stored[f"object {asked['Key']}"] = asked
            case "PutItem":
                self.stored[call.subject] = asked["Item"]
            case "Publish":
                self.stored[f"message {len(self._aws.messages)}"] = asked["Message"]
        return reply.status, {"Metadata": dict(reply.metadata)}
