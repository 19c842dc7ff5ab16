"""Data in the stores of a stack that the pipeline did not write."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.stack import MALFORMED


@dataclass(frozen=True)
class Foreign:
    """Data that the pipeline did not write: the kind to expect there, its name, and the problem."""

    kind: str
    name: str
    problem: str


def parse[T](kind: str, name: str, read: Callable[[], T]) -> T | Foreign:
    """Return what `read` returns, or Foreign if it raises one of MALFORMED."""
    try:
        return read()
    except KeyError as error:
        return Foreign(kind, name, f"has no {error.args[0]}")
    except MALFORMED as error:
        return Foreign(kind, name, str(error))


def problems(foreign: Iterable[Foreign]) -> dict[str, str]:
    """Return each problem by kind and name, which is JSON-quoted if it has control characters."""
    return {
        f"{one.kind} {one.name if one.name.isprintable() else json.dumps(one.name)}": one.problem
        for one in foreign
    }


def json_value(text: str | bytes) -> Any:
    """Return the value of a JSON text; raises ValueError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error


def json_object(text: str | bytes) -> dict[str, Any]:
    """Return the fields of a JSON object; raises ValueError."""
    value = json_value(text)
    if not isinstance(value, dict):
        raise ValueError("is not a JSON object")  # noqa: TRY004 - it is the data that is wrong
    return value


def item_values(item: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of an item by name; raises ValueError for one of another type."""
    try:
        return {name: item[name][kind] for name, kind in types.items() if name in item}
    except KeyError as error:
        name = next(one for one, kind in types.items() if one in item and kind not in item[one])
        raise ValueError(f"{name} is not of type {types[name]}") from error


def text_attributes(message: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes of an SQS message by name; raises ValueError for a binary one."""
    attributes = message.get("MessageAttributes", {})
    for name, value in attributes.items():
        if "StringValue" not in value:
            raise ValueError(f"attribute {name} is binary")
    return {name: value["StringValue"] for name, value in attributes.items()}
