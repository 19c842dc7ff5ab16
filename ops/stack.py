"""A deployed stack and how to reach it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

import boto3
import requests

from template.outputs import StackOutputs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


class Connection(TypedDict, total=False):
    """Keywords for boto3: none on AWS, where its own configuration counts."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


@dataclass(frozen=True)
class Stack:
    """A deployed stack; one client for each service, made when it is first needed."""

    outputs: StackOutputs[str]
    api_endpoint: str
    api_key: str
    connection: Connection = field(default_factory=Connection)

    @cached_property
    def http(self) -> requests.Session:
        """A session that keeps its connections and sends the API key."""
        session = requests.Session()
        session.headers["x-api-key"] = self.api_key
        return session

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Amazon DynamoDB."""
        return boto3.client("dynamodb", **self.connection)

    @cached_property
    def s3(self) -> "S3Client":
        """Amazon S3."""
        return boto3.client("s3", **self.connection)

    @cached_property
    def sns(self) -> "SNSClient":
        """Amazon SNS."""
        return boto3.client("sns", **self.connection)

    @cached_property
    def sqs(self) -> "SQSClient":
        """Amazon SQS."""
        return boto3.client("sqs", **self.connection)
