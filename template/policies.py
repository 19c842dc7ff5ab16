"""The permissions: awacs statements, one function each."""

import awacs.awslambda
import awacs.dynamodb
import awacs.logs
import awacs.s3
import awacs.sns
import awacs.sqs
import awacs.xray
from awacs.aws import (
    Action,
    Allow,
    Bool,
    Condition,
    Deny,
    Policy,
    PolicyDocument,
    Principal,
    Statement,
)
from awacs.helpers.trust import make_simple_assume_policy
from troposphere import GetAtt, Ref, Sub
from troposphere.dynamodb import Table
from troposphere.logs import LogGroup
from troposphere.s3 import Bucket
from troposphere.serverless import Function
from troposphere.sns import Topic
from troposphere.sqs import Queue

from contract import AUDIT_PREFIX


def trust_lambda() -> Policy:
    """Return the trust policy for Lambda."""
    return make_simple_assume_policy("lambda.amazonaws.com")


def trust_api_gateway() -> Policy:
    """Return the trust policy for API Gateway."""
    return make_simple_assume_policy("apigateway.amazonaws.com")


def policy(statements: list[Statement]) -> PolicyDocument:
    """Return a policy document of the statements."""
    return PolicyDocument(Version="2012-10-17", Statement=statements)


def write_logs(log_group: LogGroup) -> Statement:
    """Allow writing to this log group, which the template creates."""
    return Statement(
        Sid="WriteLogs",
        Effect=Allow,
        Action=[awacs.logs.CreateLogStream, awacs.logs.PutLogEvents],
        Resource=[GetAtt(log_group, "Arn")],
    )


def send_traces() -> Statement:
    """Allow sending X-Ray traces, actions without resource-level permissions.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    """
    return Statement(
        Sid="SendTraces",
        Effect=Allow,
        Action=[awacs.xray.PutTelemetryRecords, awacs.xray.PutTraceSegments],
        Resource=["*"],
    )


def send_dead_letters(queue: Queue) -> Statement:
    """Allow Lambda to send exhausted events to this queue."""
    return _allow("SendDeadLetters", [awacs.sqs.SendMessage], GetAtt(queue, "Arn"))


def invoke(function: Function) -> Statement:
    """Allow invoking this function."""
    sid = f"Invoke{function.title.removesuffix('Function')}"
    return _allow(sid, [awacs.awslambda.InvokeFunction], GetAtt(function, "Arn"))


def claim_audit_objects(bucket: Bucket) -> Statement:
    """Allow writing audit objects and reading their claims (HEAD needs GetObject)."""
    objects = Sub(f"${{{bucket.title}.Arn}}/{AUDIT_PREFIX}*")
    return _allow("ClaimAuditObjects", [awacs.s3.GetObject, awacs.s3.PutObject], objects)


def record_transactions(table: Table) -> Statement:
    """Allow putting items into this table."""
    return _allow("RecordTransactions", [awacs.dynamodb.PutItem], GetAtt(table, "Arn"))


def read_transactions(table: Table) -> Statement:
    """Allow querying this table."""
    return _allow("ReadTransactions", [awacs.dynamodb.Query], GetAtt(table, "Arn"))


def publish_notifications(topic: Topic) -> Statement:
    """Allow publishing to this topic."""
    return _allow("PublishNotifications", [awacs.sns.Publish], Ref(topic))


def deny_plain_http(action: Action, resources: list[object]) -> Statement:
    """Deny requests without TLS."""
    return Statement(
        Sid="DenyPlainHttp",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[action],
        Resource=resources,
        Condition=Condition(Bool({"aws:SecureTransport": "false"})),
    )


def _allow(sid: str, actions: list[Action], resource: object) -> Statement:
    return Statement(Sid=sid, Effect=Allow, Action=actions, Resource=[resource])
