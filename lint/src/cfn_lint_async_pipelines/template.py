"""A template, its resources, and the references between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

type Path = tuple[str | int, ...]

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+(?:\.[A-Za-z0-9.]+)?)\}")


class Finding(NamedTuple):
    """A fault, and its place in the template."""

    path: Path
    message: str


@dataclass(frozen=True)
class Resource:
    """A resource: its logical ID, type and body."""

    title: str
    kind: str
    body: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """The resource's properties, empty if it has none."""
        return mapping(self.body.get("Properties"))

    def path(self, *keys: str | int) -> Path:
        """Return the path to one of the resource's properties."""
        return ("Resources", self.title, "Properties", *keys)


@dataclass(frozen=True)
class Template:
    """A template as cfn-lint passes it."""

    body: dict[str, Any]

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """The resources by logical ID."""
        return {
            title: Resource(title, body["Type"], body)
            for title, body in mapping(self.body.get("Resources")).items()
            if isinstance(mapping(body).get("Type"), str)
        }

    def of_type(self, *kinds: str) -> list[Resource]:
        """Return the resources of these types."""
        return [resource for resource in self.resources.values() if resource.kind in kinds]

    def denoted(self, value: object) -> Resource | None:
        """Return the resource of this template that a value refers to, None if there is none."""
        title = denoted(value)
        return None if title is None else self.resources.get(title)

    def number(self, value: object) -> int:
        """Return a whole number or a parameter's default, 0 where only AWS knows the value."""
        parameter = denoted(value)
        if parameter is not None:
            value = at(self.body, "Parameters", parameter, "Default")
        return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0


def mapping(value: object) -> dict[str, Any]:
    """Return the value if it is a mapping, else an empty mapping."""
    return value if isinstance(value, dict) else {}


def at(value: object, *keys: str) -> object:
    """Return the value at the keys, None if one of the keys is missing."""
    for key in keys:
        value = mapping(value).get(key)
    return value


def listed(value: object) -> list[Any]:
    """Return a list as it is, any other value as a list of one."""
    return value if isinstance(value, list) else [value]


def denoted(value: object) -> str | None:
    """Return the logical ID that the whole value refers to, None if it is not a reference."""
    name = _reference(value)
    return None if name is None else name.partition(".")[0]


def references(value: object) -> set[str]:
    """Return every logical ID that a value mentions, alone and with its attribute.

    The `Id` of a SAM connector counts as a reference.
    """
    match value:
        case {"Fn::Sub": [str(text), dict(variables)]}:
            return references({"Fn::Sub": text}) - variables.keys() | references(variables)
        case {"Fn::Sub": str(text)}:
            names = {found[1] for found in _PLACEHOLDER.finditer(text)}
        case dict():
            own = {name for name in (_reference(value), value.get("Id")) if isinstance(name, str)}
            names = own.union(*map(references, value.values()))
        case list():
            return set().union(*map(references, value))
        case _:
            return set()
    return names | {name.partition(".")[0] for name in names}


def _reference(value: object) -> str | None:
    """Return the logical ID that the whole value refers to, with its attribute."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": str(name) | [str(name)]}:
            return name
        case {"Fn::GetAtt": [str(name), attribute, *_]}:
            return f"{name}.{attribute}"
        case {"Fn::Sub": str(text)} if found := _PLACEHOLDER.fullmatch(text):
            return found[1]
    return None


def texts(value: object) -> Iterator[str]:
    """Yield every string in a value."""
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from texts(item)
        case list():
            for item in value:
                yield from texts(item)
