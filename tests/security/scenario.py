"""The scenario: what can be sent through the pipeline, and the signs that it leaves."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import requests

from ops import evidence
from ops.stack import Stack
from ops.submission import submit
from ops.subscriber import Subscriber
from ops.transaction import a_body
from tests.polling import eventually

PROMPT_SECONDS = 0.5
SECONDS = 60

_numbers = itertools.count(1)


@dataclass
class Scenario:
    """A stack, a subscriber of its topic, and what is sent through."""

    stack: Stack
    notifications: Subscriber
    known: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, requests.Response] = field(default_factory=dict)

    def post(self, **fields: object) -> str:
        """POST a transaction with an id of its own; return its request id."""
        answer = submit(self.stack, a_transaction(**fields))
        assert answer.accepted, answer
        return answer.request_id

    def post_again(self) -> str:
        """POST a transaction that is recorded."""
        return self.post(**self.recorded())

    def read(self) -> str:
        """GET a transaction that is recorded, keep the answer, and return its request id."""
        name = self.recorded()["transactionId"]
        answer = self.stack.http.get(f"{self.stack.api_endpoint}/{name}", timeout=SECONDS)
        request_id = answer.headers["x-amzn-RequestId"]
        self.answers[request_id] = answer
        return request_id

    def recorded(self) -> dict[str, Any]:
        """Return a transaction that is recorded."""
        if not self.known:
            self.known = a_transaction()
            first = submit(self.stack, self.known).request_id
            eventually(lambda: self.told(first) == "PROCESSED")
        return self.known

    def send(self, stage: str) -> str:
        """Invoke a function asynchronously with an event that it must give up."""
        request_id = f"malformed-{next(_numbers)}"
        self.stack.functions.invoke(
            FunctionName=self.function(stage),
            InvocationType="Event",
            Payload=json.dumps({"version": "0.9", "requestId": request_id}),
        )
        return request_id

    def function(self, stage: str) -> str:
        """Return the name of a stage's function."""
        name: str = self.stack.stage(stage).function_name
        return name

    def renew(self, stage: str) -> None:
        """Let a function begin with new execution environments, and so with new log streams."""
        self.configure(stage, Description=f"Renewed {next(_numbers)} times")

    def configure(self, stage: str, **settings: Any) -> None:
        """Change a function's configuration, and wait until it is in force."""
        name = self.function(stage)
        self.stack.functions.update_function_configuration(FunctionName=name, **settings)

        def updated() -> bool:
            found = self.stack.functions.get_function_configuration(FunctionName=name)
            return found["LastUpdateStatus"] == "Successful"

        eventually(updated)

    def told(self, request_id: str) -> str | None:
        """Return the status that was told of a request."""
        self.notifications.wait_for({request_id}, seconds=PROMPT_SECONDS)
        told = self.notifications.seen.get(request_id, [])
        return told[0].message["status"] if told else None

    def letter(self, stage: str, request_id: str) -> str | None:
        """Return the error of the dead letter that a request left in a stage's queue."""
        for letter in evidence.dead_letters(self.stack):
            if (letter.stage, letter.request_id) == (stage, request_id):
                return letter.error
        return None

    def log(self, stage: str, request_id: str) -> list[str]:
        """Return the lines in a stage's log that name a request."""
        found = self.stack.logs.filter_log_events(
            logGroupName=f"/aws/lambda/{self.function(stage)}", filterPattern=f'"{request_id}"'
        )
        return [event["message"] for event in found["events"]]


def a_transaction(**fields: object) -> dict[str, Any]:
    """Build a body with an id of its own."""
    return a_body(**{"transactionId": f"security-{next(_numbers)}", **fields})
