"""A deployed stack and its clients."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypedDict, cast
from urllib.request import getproxies_environment

import boto3
import botocore.session
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from template.outputs import NoStages, StackOutputs, StageOutputs

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


class StackUnavailable(Exception):
    """The stack cannot be reached; the message contains the reason."""


OUTDATED = "the deployed template has no output that names its stages; deploy it again"
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""The errors that unexpected JSON raises where it is read."""


def describe_error(error: Exception) -> str:
    """Return the type and message of an error; its repr could contain the whole file."""
    return f"{type(error).__name__}: {error}"


NO_PROXY = ("no_proxy", "NO_PROXY")
"""Curl and Python prefer the lowercase name, Go the other."""


class Connection(TypedDict, total=False):
    """Keyword arguments for boto3; empty on AWS, where boto3's own configuration applies."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


def session(connection: Connection) -> boto3.Session:
    """Return boto3's session for AWS, or one isolated from the user's profiles."""
    if not connection:
        # One session for all clients: a role that requires an MFA code prompts once.
        if boto3.DEFAULT_SESSION is None:
            boto3.setup_default_session()
        return cast("boto3.Session", boto3.DEFAULT_SESSION)
    return _isolated_session()


@cache
def _isolated_session() -> boto3.Session:
    variables = botocore.session.Session.SESSION_VARIABLES
    own = botocore.session.Session(
        {
            # Neither from an environment variable nor from a file.
            **{name: (None, None, *rest) for name, (_, _, *rest) in variables.items()},
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    own.set_default_client_config(Config(proxies={}))
    return boto3.Session(botocore_session=own)


def renew_session() -> None:
    """Read the credentials for AWS again, as after a new sign-in."""
    boto3.setup_default_session()


def http_session(connection: Connection) -> requests.Session:
    """Return an HTTP session that keeps connections alive; to loopback it uses no proxy."""
    http = requests.Session()
    http.trust_env = not connection
    return http


def hosts_without_proxy() -> str:
    """Return NO_PROXY with loopback added."""
    hosts = getproxies_environment().get("no", "").split(",")
    return ",".join(dict.fromkeys([*filter(None, hosts), "127.0.0.1"]))


@dataclass(frozen=True)
class Stack:
    """A deployed stack, with one client per service, created on first use."""

    outputs: StackOutputs[str]
    api_endpoint: str
    api_key: str
    connection: Connection = field(default_factory=Connection)
    name: str = ""
    pid: int = 0
    """Process ID of the local engine."""

    @property
    def stages(self) -> Sequence[StageOutputs[str]]:
        """Stages of the stack, in pipeline order."""
        return self.outputs.stages

    def stage(self, name: str) -> StageOutputs[str]:
        """Return the stage with this name; raises StackUnavailable."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        names = ", ".join(stage.name for stage in self.stages)
        raise StackUnavailable(f"{name!r} is not a stage of the stack; it has {names}")

    @classmethod
    def local(cls, path: Path) -> Self:
        """Read the file that `pipeline up` writes; raises StackUnavailable."""
        try:
            return cls.described(json.loads(path.read_text()))
        except FileNotFoundError as error:
            raise StackUnavailable(f"There is no {path}; start one with: pipeline up") from error
        except NoStages as error:
            raise StackUnavailable(f"{path}: {OUTDATED}: pipeline up") from error
        except (*MALFORMED, OSError) as error:
            raise StackUnavailable(
                f"{path} does not describe a local stack: {describe_error(error)}"
            ) from error

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> Self:
        """Return the stack that `description` returned."""
        credentials = description["credentials"]
        return cls(
            outputs=StackOutputs.read(
                {"OutputKey": key, "OutputValue": value}
                for key, value in description["outputs"].items()
            ),
            api_endpoint=description["api_endpoint"],
            api_key=description["api_key"],
            connection=Connection(
                endpoint_url=description["endpoint_url"],
                region_name=description["region"],
                aws_access_key_id=credentials["access_key_id"],
                aws_secret_access_key=credentials["secret_access_key"],
            ),
            name=description["stack_name"],
            pid=description["pid"],
        )

    def description(self) -> dict[str, Any]:
        """Return the content of `.local/stack.json`, which other tools can read too."""
        return {
            "endpoint_url": self.connection["endpoint_url"],
            "region": self.connection["region_name"],
            "credentials": {
                "access_key_id": self.connection["aws_access_key_id"],
                "secret_access_key": self.connection["aws_secret_access_key"],
            },
            "stack_name": self.name,
            "api_endpoint": self.api_endpoint,
            "api_key": self.api_key,
            "outputs": self.outputs.flat(),
            "pid": self.pid,
        }

    def save(self, path: Path) -> None:
        """Write the description of a local stack to a file."""
        path.write_text(json.dumps(self.description(), indent=2) + "\n")

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that point other programs at the stack's AWS."""
        if not self.connection:
            region = self._session.region_name
            return {"AWS_DEFAULT_REGION": region} if region else {}
        return {
            "AWS_ENDPOINT_URL": self.connection["endpoint_url"],
            "AWS_DEFAULT_REGION": self.connection["region_name"],
            "AWS_ACCESS_KEY_ID": self.connection["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.connection["aws_secret_access_key"],
            **dict.fromkeys(NO_PROXY, hosts_without_proxy()),
        }

    @property
    def location(self) -> dict[str, str]:
        """The engine's endpoint and process, or the region."""
        if not self.connection:
            return {"region": str(self._session.region_name)}
        return {"endpoint": self.connection["endpoint_url"], "process": str(self.pid)}

    @classmethod
    def on_aws(cls, name: str) -> Self:
        """Read a stack and its API key from AWS; raises StackUnavailable."""
        try:
            found = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
            outputs = StackOutputs.read(found.get("Outputs", []))
            key = boto3.client("apigateway").get_api_key(
                apiKey=outputs.api_key_id, includeValue=True
            )
        except NoStages as error:
            raise StackUnavailable(f"{name}: {OUTDATED}") from error
        except KeyError as error:
            raise StackUnavailable(
                f"{name} is not a pipeline stack: it has no output {error}"
            ) from error
        except (BotoCoreError, ClientError) as error:
            raise StackUnavailable(f"{name} cannot be reached: {error}") from error
        return cls(
            outputs=outputs,
            api_endpoint=outputs.api_endpoint,
            api_key=key["value"],
            name=found["StackName"],
        )

    @cached_property
    def http(self) -> requests.Session:
        """An HTTP session that sends the API key."""
        http = http_session(self.connection)
        http.headers["x-api-key"] = self.api_key
        return http

    @cached_property
    def _session(self) -> boto3.Session:
        return session(self.connection)

    @cached_property
    def apigateway(self) -> "APIGatewayClient":
        """Amazon API Gateway."""
        return self._session.client("apigateway", **self.connection)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """AWS CloudFormation."""
        return self._session.client("cloudformation", **self.connection)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        """Amazon CloudWatch."""
        return self._session.client("cloudwatch", **self.connection)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Amazon DynamoDB."""
        return self._session.client("dynamodb", **self.connection)

    @cached_property
    def functions(self) -> "LambdaClient":
        """AWS Lambda."""
        return self._session.client("lambda", **self.connection)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """Amazon CloudWatch Logs."""
        return self._session.client("logs", **self.connection)

    @cached_property
    def s3(self) -> "S3Client":
        """Amazon S3."""
        return self._session.client("s3", **self.connection)

    @cached_property
    def sns(self) -> "SNSClient":
        """Amazon SNS."""
        return self._session.client("sns", **self.connection)

    @cached_property
    def sqs(self) -> "SQSClient":
        """Amazon SQS."""
        return self._session.client("sqs", **self.connection)
