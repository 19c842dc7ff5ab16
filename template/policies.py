"""The permissions: pure awacs statements, one function each, named for what it allows."""

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
    """Let Lambda, and nobody else, take the role."""
    return make_simple_assume_policy("lambda.amazonaws.com")


def trust_api_gateway() -> Policy:
    """Let API Gateway, and nobody else, take the role."""
    return make_simple_assume_policy("apigateway.amazonaws.com")


def policy(statements: list[Statement]) -> PolicyDocument:
    """Make a policy document of the statements."""
    return PolicyDocument(Version="2012-10-17", Statement=statements)


def write_logs(log_group: LogGroup) -> Statement:
    """Allow to write to this log group; the group itself is made by the template."""
    return Statement(
        Sid="WriteLogs",
        Effect=Allow,
        Action=[awacs.logs.CreateLogStream, awacs.logs.PutLogEvents],
        Resource=[GetAtt(log_group, "Arn")],
    )


def send_traces() -> Statement:
    """Allow to send X-Ray traces; these actions know no resource.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    """
    return Statement(
        Sid="SendTraces",
        Effect=Allow,
        Action=[awacs.xray.PutTelemetryRecords, awacs.xray.PutTraceSegments],
        Resource=["*"],
    )


def send_dead_letters(queue: Queue) -> Statement:
    """Allow Lambda to put the events it gives up on into this queue."""
    return _allow("SendDeadLetters", [awacs.sqs.SendMessage], GetAtt(queue, "Arn"))


def invoke(function: Function) -> Statement:
    """Allow to hand events over to this function."""
    sid = f"Invoke{function.title.removesuffix('Function')}"
    return _allow(sid, [awacs.awslambda.InvokeFunction], GetAtt(function, "Arn"))


def claim_audit_objects(bucket: Bucket) -> Statement:
    """Allow to write audit objects, and to read whose a claim is (HEAD needs GetObject)."""
    objects = Sub(f"${{{bucket.title}.Arn}}/{AUDIT_PREFIX}*")
    return _allow("ClaimAuditObjects", [awacs.s3.GetObject, awacs.s3.PutObject], objects)


def record_transactions(table: Table) -> Statement:
    """Allow to put items into this table."""
    return _allow("RecordTransactions", [awacs.dynamodb.PutItem], GetAtt(table, "Arn"))


def read_transactions(table: Table) -> Statement:
    """Allow to query this table; there is no index."""
    return _allow("ReadTransactions", [awacs.dynamodb.Query], GetAtt(table, "Arn"))


def publish_notifications(topic: Topic) -> Statement:
    """Allow to publish to this topic."""
    return _allow("PublishNotifications", [awacs.sns.Publish], Ref(topic))


def deny_plain_http(action: Action, resources: list[object]) -> Statement:
    """Refuse whoever does not come over TLS."""
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
