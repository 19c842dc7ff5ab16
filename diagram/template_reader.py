"""How a template is read: its parts by type, what they mention, and how that is written."""

import re
from collections.abc import Iterator
from typing import Any

type Json = dict[str, Any]

ROLE = "AWS::IAM::Role"

_mentioned = re.compile(r"\$\{(\w+)(?:\.\w+)?\}").findall


def references(part: Any) -> Iterator[str]:
    """Walk to the title of every resource and parameter that is mentioned, in order."""
    match part:
        case {"Ref": title}:
            yield title
        case {"Fn::GetAtt": [title, *_]}:
            yield title
        case {"Fn::Sub": text}:
            yield from _mentioned(text)
        case dict():
            for inner in part.values():
                yield from references(inner)
        case list():
            for inner in part:
                yield from references(inner)


def text_of(value: Any) -> str:
    """Write a value as people read it: `transactions-{EnvironmentSuffix}`, `AuditBucket/*`."""
    match value:
        case {"Ref": title} | {"Fn::GetAtt": [title, *_]}:
            return str(title)
        case {"Fn::Sub": text}:
            inner = re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)
            return re.sub(r"\$\{(?:AWS::)?(\w+)\}", r"{\1}", inner)
        case _:
            return str(value)


def of_type(resources: Json, kind: str) -> Iterator[tuple[str, Json]]:
    """Walk through the properties of each resource of a type."""
    for title, resource in resources.items():
        if resource["Type"] == kind:
            yield title, resource["Properties"]


def statements(role: Json) -> Iterator[Json]:
    """Walk through the statements of a role's inline policies."""
    for policy in role["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]
