"""The AWS of a simulation: the operations that the handlers use, in memory.

tests/local/test_simulated_aws.py compares each with the local engine.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from contract import AUDIT_PREFIX

KEYS = {"transactions": ("transactionId", "timestamp"), "outcomes": ("requestId",)}

type Item = dict[str, dict[str, str]]


class Call(NamedTuple):
    """A call of an operation, with boto3's parameters."""

    operation: str
    parameters: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """What the call reads or writes, in a word."""
        given = self.parameters
        match self.operation:
            case "PutObject" | "HeadObject":
                return str(given["Key"]).removeprefix(AUDIT_PREFIX).removesuffix(".json")
            case "PutItem":
                (key, *_) = KEYS[given["TableName"]]
                return f"{given['TableName']} {given['Item'][key]['S']}"
            case _:
                return str(given.get("subject", ""))

    def __str__(self) -> str:
        return f"{self.operation} {self.subject}".rstrip()


class Reply(NamedTuple):
    """The reply to a call: an HTTP status, an error code if it failed, and an object's metadata."""

    status: int = 200
    code: str = ""
    metadata: Mapping[str, str] = {}


OK = Reply()
REFUSED = {
    "PutObject": Reply(409, "ConditionalRequestConflict"),
    "HeadObject": Reply(403, "403"),
    "PutItem": Reply(400, "AccessDeniedException"),
    "Publish": Reply(403, "AuthorizationError"),
}
"""Errors that no client retries."""
THROTTLED = {
    "PutObject": Reply(503, "SlowDown"),
    "HeadObject": Reply(503, "503"),
    "PutItem": Reply(400, "ProvisionedThroughputExceededException"),
    "Publish": Reply(429, "Throttled"),
}
"""Errors that clients retry."""


class ObjectVersion(NamedTuple):
    """A version of an object."""

    body: bytes
    metadata: Mapping[str, str]


@dataclass
class Aws:
    """What was stored: every version of an object or item, oldest first, and all messages."""

    objects: dict[str, list[ObjectVersion]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[str, dict[tuple[str, ...], list[Item]]] = field(
        default_factory=lambda: {name: defaultdict(list) for name in KEYS}
    )
    messages: list[Mapping[str, Any]] = field(default_factory=list)

    def apply(self, call: Call) -> Reply:
        """Let a call take effect."""
        given = call.parameters
        match call.operation:
            case "PutObject":
                return self._put_object(given)
            case "HeadObject":
                versions = self.objects[given["Key"]]
                return Reply(metadata=versions[-1].metadata) if versions else Reply(404, "404")
            case "PutItem":
                return self._put_item(given)
            case "Publish":
                self.messages.append(given)
                return OK
            case other:
                raise NotImplementedError(other)

    def items(self, table: str) -> list[Item]:
        """Return the items that a scan of the table would find."""
        return [versions[-1] for versions in self.tables[table].values() if versions]

    def _put_object(self, given: Mapping[str, Any]) -> Reply:
        versions = self.objects[given["Key"]]
        if given.get("IfNoneMatch") == "*" and versions:
            return Reply(412, "PreconditionFailed")
        versions.append(ObjectVersion(given["Body"], given["Metadata"]))
        return OK

    def _put_item(self, given: Mapping[str, Any]) -> Reply:
        item: Item = given["Item"]
        key = tuple(next(iter(item[name].values())) for name in KEYS[given["TableName"]])
        versions = self.tables[given["TableName"]][key]
        if not holds(given, versions[-1] if versions else {}):
            return Reply(400, "ConditionalCheckFailedException")
        versions.append({name: _normalized(value) for name, value in item.items()})
        return OK


def _normalized(value: dict[str, str]) -> dict[str, str]:
    """Return a value as DynamoDB returns it: without the zeros that end a number."""
    return {"N": f"{Decimal(value['N']).normalize():f}"} if "N" in value else value


def holds(given: Mapping[str, Any], item: Item) -> bool:
    """Evaluate a condition of attribute_not_exists and =, joined by OR, then by AND."""
    expression = re.sub(r"\((\w+)\)", r" \1", given.get("ConditionExpression", ""))
    names = given.get("ExpressionAttributeNames", {})
    values = given.get("ExpressionAttributeValues", {})

    def test(term: str) -> bool:
        function, _, name = term.strip().partition(" ")
        if function == "attribute_not_exists":
            return name not in item
        attribute, _, value = term.strip().split(" ")
        return bool(item.get(names.get(attribute, attribute)) == values[value])

    return not expression or any(
        all(test(term) for term in part.strip(" ()").split(" AND "))
        for part in expression.split(" OR ")
    )
