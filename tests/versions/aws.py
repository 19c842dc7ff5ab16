"""The part of AWS that the functions call, in memory."""

import re
from typing import Any

_absent = re.compile(r"attribute_not_exists\((\w+)\)").match
_equal = re.compile(r"(#?\w+) = (:\w+)").findall

type Answer = tuple[int, dict[str, Any]]


def error(status: int, code: str) -> Answer:
    """Return an error as botocore parses it."""
    return status, {"Error": {"Code": code, "Message": code}}


class Aws:
    """Objects, items and messages, and every call that was made for them."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.messages: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def answer(self, operation: str, asked: dict[str, Any]) -> Answer:
        """Do what a call asks for, and return the status and the response."""
        self.calls.append((operation, asked))
        match operation:
            case "PutObject":
                if asked.get("IfNoneMatch") == "*" and asked["Key"] in self.objects:
                    return error(412, "PreconditionFailed")
                self.objects[asked["Key"]] = asked
            case "HeadObject":
                if asked["Key"] not in self.objects:
                    return error(404, "404")
                return 200, {"Metadata": self.objects[asked["Key"]]["Metadata"]}
            case "PutItem":
                key = asked["TableName"], str(next(iter(asked["Item"].values())))
                if (stored := self.items.get(key)) and not _allowed(stored, asked):
                    return error(400, "ConditionalCheckFailedException")
                self.items[key] = asked["Item"]
            case "Publish":
                self.messages.append(asked["Message"])
            case _:
                return error(400, f"{operation} is not simulated")
        return 200, {}


def _allowed(stored: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Return whether the condition lets the item be replaced."""
    condition = asked.get("ConditionExpression")
    if condition is None:
        return True
    names = asked.get("ExpressionAttributeNames", {})
    compared = _equal(condition)
    return bool(compared) and all(
        stored.get(names.get(name, name)) == asked["ExpressionAttributeValues"][value]
        for name, value in compared
    )
