"""Reading a template: its resources, and what a value refers to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

type Path = tuple[str | int, ...]

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?\}")


@dataclass(frozen=True)
class Resource:
    """One resource: its logical id, type and body."""

    title: str
    kind: str
    body: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """Return its properties."""
        return mapping(self.body.get("Properties"))

    def path(self, *keys: str | int) -> Path:
        """Say where in the template something of its properties is."""
        return ("Resources", self.title, "Properties", *keys)


@dataclass(frozen=True)
class Template:
    """A template as cfn-lint hands it over."""

    body: dict[str, Any]

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """Return the resources by logical id."""
        return {
            title: Resource(title, body["Type"], body)
            for title, body in mapping(self.body.get("Resources")).items()
            if isinstance(mapping(body).get("Type"), str)
        }

    def of_type(self, *kinds: str) -> list[Resource]:
        """Return the resources of these types."""
        return [resource for resource in self.resources.values() if resource.kind in kinds]

    def denoted(self, value: object) -> Resource | None:
        """Return the resource of this template that a value stands for, if it is one."""
        title = denoted(value)
        return None if title is None else self.resources.get(title)


def mapping(value: object) -> dict[str, Any]:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def at(value: object, *keys: str) -> object:
    """Follow keys through mappings; None where they lead nowhere."""
    for key in keys:
        value = mapping(value).get(key)
    return value


def listed(value: object) -> list[Any]:
    """Return a list as it is, and what AWS takes for a list of one as such."""
    return value if isinstance(value, list) else [value]


def denoted(value: object) -> str | None:
    """Return the logical id that a value is nothing but a reference to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": str(name) | [str(name), *_]}:
            return name.split(".")[0]
        case {"Fn::Sub": str(text)} if found := _PLACEHOLDER.fullmatch(text):
            return found[1]
    return None


def references(value: object) -> set[str]:
    """Return every logical id that a value mentions; a SAM connector names one as its Id."""
    match value:
        case {"Fn::Sub": [str(text), dict(variables)]}:
            return references({"Fn::Sub": text}) - variables.keys() | references(variables)
        case {"Fn::Sub": str(text)}:
            return {found[1] for found in _PLACEHOLDER.finditer(text)}
        case dict():
            own = {name for name in (denoted(value), value.get("Id")) if isinstance(name, str)}
            return own.union(*map(references, value.values()))
        case list():
            return set().union(*map(references, value))
    return set()


def texts(value: object) -> Iterator[str]:
    """Yield every text in a value."""
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from texts(item)
        case list():
            for item in value:
                yield from texts(item)
