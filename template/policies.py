"""The permissions: awacs statements, one function each."""

from collections.abc import Sequence

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
    PolicyDocument,
    Principal,
    Statement,
    StringEqualsIfExists,
)
from troposphere import GetAtt, Ref, Sub, iam
from troposphere.dynamodb import Table
from troposphere.logs import LogGroup
from troposphere.s3 import Bucket
from troposphere.serverless import Function
from troposphere.sns import Topic
from troposphere.sqs import Queue

from contract import AUDIT_PREFIX
from template.parameters import named


def role(title: str, name: str, service: str, statements: list[Statement]) -> iam.Role:
    """Return the role in which an AWS service may do what the statements allow.

    Only in this account: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    trust = Statement(
        Effect=Allow,
        Principal=Principal("Service", [f"{service}.amazonaws.com"]),
        Action=[Action("sts", "AssumeRole")],
        # AWS documents the key for roles of neither Lambda nor API Gateway. If a service does not
        # send it, the role must still work.
        Condition=Condition(StringEqualsIfExists({"aws:SourceAccount": Ref("AWS::AccountId")})),
    )
    return iam.Role(
        title,
        RoleName=named(f"{name}-role"),
        AssumeRolePolicyDocument=policy([trust]),
        Policies=[
            iam.Policy(PolicyName=named(f"{name}-policy"), PolicyDocument=policy(statements))
        ],
    )


def policy(statements: list[Statement]) -> PolicyDocument:
    """Return a policy document of the statements."""
    return PolicyDocument(Version="2012-10-17", Statement=statements)


def write_logs(log_group: LogGroup) -> Statement:
    """Allow writing to this log group, which the template creates."""
    actions = [awacs.logs.CreateLogStream, awacs.logs.PutLogEvents]
    return _allow("WriteLogs", actions, GetAtt(log_group, "Arn"))


def send_traces() -> Statement:
    """Allow sending X-Ray traces, actions without resource-level permissions.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    """
    actions = [awacs.xray.PutTelemetryRecords, awacs.xray.PutTraceSegments]
    return _allow("SendTraces", actions, "*")


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


def store_outcomes(table: Table) -> Statement:
    """Allow putting items into this table."""
    return _allow("StoreOutcomes", [awacs.dynamodb.PutItem], GetAtt(table, "Arn"))


def read_transactions(table: Table) -> Statement:
    """Allow querying this table."""
    return _allow("ReadTransactions", [awacs.dynamodb.Query], GetAtt(table, "Arn"))


def read_outcomes(table: Table) -> Statement:
    """Allow querying this table."""
    return _allow("ReadOutcomes", [awacs.dynamodb.Query], GetAtt(table, "Arn"))


def publish_notifications(topic: Topic) -> Statement:
    """Allow publishing to this topic."""
    return _allow("PublishNotifications", [awacs.sns.Publish], Ref(topic))


def deny_plain_http(service: str, resources: list[object]) -> PolicyDocument:
    """Return the policy of resources that denies requests without TLS."""
    statement = Statement(
        Sid="DenyPlainHttp",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[Action(service, "*")],
        Resource=resources,
        Condition=Condition(Bool({"aws:SecureTransport": "false"})),
    )
    return policy([statement])


def _allow(sid: str, actions: Sequence[Action], resource: object) -> Statement:
    return Statement(Sid=sid, Effect=Allow, Action=actions, Resource=[resource])
