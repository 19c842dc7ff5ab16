"""The permissions of an IAM role, as far as the template shows them."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from cfn_lint_async_pipelines.template import (
    Resource,
    Template,
    at,
    listed,
    mapping,
    references,
    texts,
)

_LOGS_AND_TRACES_ALONE = (
    ":aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ":aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
    ":aws:policy/AWSXRayDaemonWriteAccess",
    ":aws:policy/AWSXrayWriteOnlyAccess",
)
"""AWS managed policies that do not allow sending to a destination or queue."""


def is_allowed(role: Resource, action: str, target: Resource | None, template: Template) -> bool:
    """Return False only if the template shows that the role cannot act on the target."""
    return (
        _has_unknown_policy(role, template)
        or any(_allows(s, action, target, template) for s in _statements(role, template))
        or (target is not None and _admits_roles(target, template))
    )


def _managed(role: Resource) -> list[Any]:
    return listed(role.properties.get("ManagedPolicyArns", []))


def _has_unknown_policy(role: Resource, template: Template) -> bool:
    return any(
        template.denoted(policy) is None
        and not next(texts(policy), "").endswith(_LOGS_AND_TRACES_ALONE)
        for policy in _managed(role)
    )


def _statements(role: Resource, template: Template) -> Iterator[Any]:
    """Yield the statements of inline policies and of policies that the template attaches."""
    for policy in listed(role.properties.get("Policies", [])):
        yield from _document_statements(policy)
    attached = references(_managed(role))
    for policy in template.of_type(
        "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"
    ):
        holders = [*listed(policy.properties.get("Roles")), policy.properties.get("RoleName")]
        name = role.properties.get("RoleName", role.title)
        if policy.title in attached or role.title in references(holders) or name in holders:
            yield from _document_statements(policy.properties)


def _document_statements(policy: object) -> list[Any]:
    return listed(at(policy, "PolicyDocument", "Statement"))


def _allows(statement: object, action: str, target: Resource | None, template: Template) -> bool:
    """Return True if a statement allows the action, or if the template does not show it."""
    body = mapping(statement)
    if body.get("Effect") == "Deny":
        return False
    if not {"Action", "Resource"} <= body.keys():
        return True
    return any(
        not isinstance(pattern, str) or fnmatchcase(action.lower(), pattern.lower())
        for pattern in listed(body["Action"])
    ) and any(_covers(resource, target, template) for resource in listed(body["Resource"]))


def _covers(resource: object, target: Resource | None, template: Template) -> bool:
    """Return False only if the statement names other resources of the template alone."""
    named = references(resource) & template.resources.keys()
    return not named or (target is not None and target.title in named)


def _admits_roles(target: Resource, template: Template) -> bool:
    """Return True if the target's own policy admits principals other than AWS services."""
    for policy in template.of_type(
        "AWS::Events::EventBusPolicy",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicInlinePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueueInlinePolicy",
        "AWS::SQS::QueuePolicy",
    ):
        if target.title in references(policy.properties) and any(
            at(statement, "Effect") != "Deny"
            and mapping(at(statement, "Principal")).keys() != {"Service"}
            for statement in _document_statements(policy.properties)
        ):
            return True
    return any(
        target.title in references(permission.properties)
        and not str(permission.properties.get("Principal")).endswith(".amazonaws.com")
        for permission in template.of_type("AWS::Lambda::Permission")
    )
