"""YAML in CloudFormation's short form (`!Ref` for Ref), written by libyaml."""

from typing import Any

import yaml

WIDTH = 200
STRING, MAPPING = "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        return True  # repeat equal parts instead of YAML anchors


def to_yaml(content: dict[str, Any]) -> str:
    """Return a template as YAML, in its own order."""
    text: str = yaml.dump(content, Dumper=_Dumper, width=WIDTH, sort_keys=False)
    return text


def _mapping(dumper: _Dumper, value: dict[str, Any]) -> yaml.Node:
    name, content = next(iter(value.items()), ("", ""))
    if len(value) > 1 or not (name in ("Ref", "Condition") or name.startswith("Fn::")):
        return dumper.represent_mapping(MAPPING, value.items())
    tag = f"!{name.removeprefix('Fn::')}"
    if name == "Fn::GetAtt":  # a list in JSON, a dotted name in YAML
        content = ".".join(content)
    if isinstance(content, list):
        return dumper.represent_sequence(tag, content)
    return dumper.represent_scalar(tag, content, _style(content))


def _string(dumper: _Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar(STRING, value, _style(value))


def _style(value: str) -> str | None:
    if "\n" in value:
        return "|"
    return ">" if len(value) > WIDTH else None


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(str, _string)
