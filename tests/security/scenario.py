"""The scenario: requests to the pipeline, and the evidence that they leave."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

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
    """A stack, a subscriber of its topic, and the requests so far."""

    stack: Stack
    notifications: Subscriber
    known: dict[str, Any] = field(default_factory=dict)
    known_request: str = ""
    responses: dict[str, requests.Response] = field(default_factory=dict)

    def post(self, **fields: object) -> str:
        """POST a new transaction and return its request ID."""
        response = submit(self.stack, a_transaction(**fields))
        assert response.accepted, response
        return response.request_id

    def post_again(self) -> str:
        """POST a recorded transaction again."""
        return self.post(**self.recorded())

    def read(self) -> str:
        """GET a recorded transaction, keep the response and return its request ID."""
        return self._get(f"transaction/{self.recorded()['transactionId']}")

    def read_outcome(self) -> str:
        """GET the outcome of its request, keep the response and return its request ID."""
        return self._get(f"request/{self.recorded_request()}")

    def _get(self, path: str) -> str:
        response = self.stack.http.get(urljoin(self.stack.api_endpoint, path), timeout=SECONDS)
        request_id = response.headers["x-amzn-RequestId"]
        self.responses[request_id] = response
        return request_id

    def recorded(self) -> dict[str, Any]:
        """Return a recorded transaction."""
        if not self.known:
            self.known = a_transaction()
            self.known_request = submit(self.stack, self.known).request_id
            eventually(lambda: self.status(self.known_request) == "PROCESSED")
        return self.known

    def recorded_request(self) -> str:
        """Return the ID of the request that the recorded transaction belongs to."""
        self.recorded()
        return self.known_request

    def send(self, stage: str) -> str:
        """Invoke a function asynchronously with an event that it dead-letters."""
        request_id = f"malformed-{next(_numbers)}"
        self.stack.functions.invoke(
            FunctionName=self.function(stage),
            InvocationType="Event",
            Payload=json.dumps({"version": "0.9", "requestId": request_id, "transaction": None}),
        )
        return request_id

    def function(self, stage: str) -> str:
        """Return the name of a stage's function."""
        name: str = self.stack.stage(stage).function_name
        return name

    def renew(self, stage: str) -> None:
        """Replace a function's execution environments, and so its log streams."""
        self.configure(stage, Description=f"Renewed {next(_numbers)} times")

    def configure(self, stage: str, **settings: Any) -> None:
        """Change a function's configuration, and wait until it is active."""
        name = self.function(stage)
        self.stack.functions.update_function_configuration(FunctionName=name, **settings)

        def updated() -> bool:
            found = self.stack.functions.get_function_configuration(FunctionName=name)
            return found["LastUpdateStatus"] == "Successful"

        eventually(updated)

    def status(self, request_id: str) -> str | None:
        """Return the published status of a request."""
        self.notifications.wait_for({request_id}, seconds=PROMPT_SECONDS)
        notified = self.notifications.seen.get(request_id, [])
        return notified[0].message["status"] if notified else None

    def dead_letter_error(self, stage: str, request_id: str) -> str | None:
        """Return the error of a request's dead-letter message in a stage's queue."""
        for message in evidence.dead_letters(self.stack):
            if (message.stage, message.request_id) == (stage, request_id):
                return message.error
        return None

    def log(self, stage: str, request_id: str) -> list[str]:
        """Return the lines in a stage's log with a request ID."""
        found = self.stack.logs.filter_log_events(
            logGroupName=f"/aws/lambda/{self.function(stage)}", filterPattern=f'"{request_id}"'
        )
        return [event["message"] for event in found["events"]]


def a_transaction(**fields: object) -> dict[str, Any]:
    """Return a body with a unique ID."""
    return a_body(**{"transactionId": f"security-{next(_numbers)}", **fields})
