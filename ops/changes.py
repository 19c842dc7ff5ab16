"""The changes from one template to another, and which of them replace a resource."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

SECTIONS = ("Parameters", "Conditions", "Resources", "Outputs")
REGION = "ap-southeast-1"
# Of what SAM makes of it, the resource that has the data or the name.
MADE_BY_SAM = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
}
LONGEST_VALUE = 60

type Json = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A part of a template that came, went or became another; `replaced` ones lose their id."""

    section: str
    name: str
    kind: str
    verb: str
    details: tuple[str, ...] = ()

    @property
    def row(self) -> str:
        """Make a row of the table."""
        verb = f"**{self.verb}**" if self.verb in {"removed", "replaced"} else self.verb
        kind = f"{self.section[:-1].lower()} {self.kind}".strip()
        return f"| {verb} | {self.name} | {kind} | {'<br>'.join(self.details)} |"


def changes(base: Json, head: Json) -> list[Change]:
    """List what differs, resources by their logical ids."""
    return [
        change
        for section in SECTIONS
        for change in _changes(section, base.get(section, {}), head.get(section, {}))
    ]


def _changes(section: str, base: Json, head: Json) -> Iterator[Change]:
    for name in sorted({*base, *head}):
        old, new = base.get(name), head.get(name)
        kind = (new or old or {}).get("Type", "") if section == "Resources" else ""
        if old is None or new is None:
            yield Change(section, name, kind, "added" if old is None else "removed")
        elif old != new:
            paths = dict(_differences(old, new))
            verb = "replaced" if section == "Resources" and _is_replaced(kind, paths) else "changed"
            details = tuple(f"{_code(path)}: {told}" for path, told in paths.items())
            yield Change(section, name, kind, verb, details)


def _differences(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk down to the values that differ; a list is one value."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key) != new.get(key):
                below = f"{path}.{key}" if path else key
                yield from _differences(old.get(key), new.get(key), below)
    else:
        yield path, f"{_value(old)} → {_value(new)}"


def _is_replaced(kind: str, paths: dict[str, str]) -> bool:
    """Tell whether CloudFormation can only make a new one in its place.

    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
    """
    if "Type" in paths:
        return True
    try:
        found = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, MADE_BY_SAM.get(kind, kind))
    except ResourceNotFoundError:
        return False
    fixed = {
        path.replace("/properties/", "Properties.", 1).replace("/", ".")
        for path in found.schema.get("createOnlyProperties", [])
    }
    return any(f"{path}.".startswith(f"{one}.") for path in paths for one in fixed)


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value)
    return _code(text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…")


def _code(text: str) -> str:
    """Quote what must not be read as Markdown."""
    plain = " ".join(text.split()).replace("`", "'").replace("|", r"\|")
    return f"`{plain}`"


def markdown(title: str, found: list[Change]) -> str:
    """Make a summary for people who review."""
    if not found:
        return f"## {title}\n\nNo change.\n"
    counts = ", ".join(
        f"{sum(change.verb == verb for change in found)} {verb}"
        for verb in ("added", "removed", "replaced", "changed")
        if any(change.verb == verb for change in found)
    )
    rows = "\n".join(change.row for change in found)
    return f"## {title}\n\n{counts}.\n\n| | what | kind | from → to |\n|---|---|---|---|\n{rows}\n"
