"""Small functions, created directly on the engine."""

import base64
import io
import itertools
import json
import signal
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.lifecycle import Engine
from tests.polling import eventually

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
NEEDS = [
    "lambda:InvokeFunction",
    "logs:*",
    "s3:ListAllMyBuckets",
    "sns:Publish",
    "sqs:SendMessage",
]
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": NEEDS, "Resource": "*"}],
}


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Restore the signal handlers that a command sets when a test runs it in this process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@dataclass(frozen=True)
class Reply:
    """The result of Invoke."""

    payload: Any
    error: str | None
    log: str


class Function:
    """A function on the engine."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name
        # Tests assert on throttling, so the client must not retry.
        once = Config(retries={"total_max_attempts": 1})
        self.client = boto3.client("lambda", config=once, **engine.connection)

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:ap-southeast-1:000000000000:function:{self.name}"

    def invoke(self, event: object = None) -> Reply:
        response = self.client.invoke(
            FunctionName=self.name, Payload=json.dumps(event), LogType="Tail"
        )
        return Reply(
            payload=json.loads(response["Payload"].read()),
            error=response.get("FunctionError"),
            log=base64.b64decode(response["LogResult"]).decode(),
        )

    def send(self, event: object = None) -> str:
        response = self.client.invoke(
            FunctionName=self.name, Payload=json.dumps(event), InvocationType="Event"
        )
        return response["ResponseMetadata"]["RequestId"]

    def messages(self, group: str | None = None) -> list[str]:
        logs = boto3.client("logs", **self.engine.connection)
        found = logs.filter_log_events(logGroupName=group or f"/aws/lambda/{self.name}")
        return [event["message"].rstrip("\n") for event in found["events"]]


type MakeFunction = Callable[..., Function]


@pytest.fixture(scope="session")
def role(engine: Engine) -> str:
    iam = boto3.client("iam", **engine.connection)
    made = iam.create_role(RoleName="tested", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="tested", PolicyName="tested", PolicyDocument=json.dumps(POLICY))
    return made["Role"]["Arn"]


def create(engine: Engine, role: str, name: str, code: str, **settings: object) -> Function:
    """Create a function with `handle` as its handler, and wait until it is active."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("app.py", code)
    function = Function(engine, name)
    configuration: dict[str, Any] = {
        "FunctionName": name,
        "Role": role,
        "Runtime": "python3.13",
        "Handler": "app.handle",
        "Timeout": 10,
        "Code": {"ZipFile": archive.getvalue()},
        **settings,
    }
    function.client.create_function(**configuration)

    def active() -> bool:
        found = function.client.get_function_configuration(FunctionName=name)
        return found["State"] == "Active"

    eventually(active)
    return function


@pytest.fixture(scope="session")
def make_function(engine: Engine, role: str) -> MakeFunction:
    numbers = itertools.count(1)

    def make(code: str, **settings: object) -> Function:
        return create(engine, role, f"tested-{next(numbers)}", code, **settings)

    return make
