"""A small reader of templates, and CloudFormation's functions as they look when read."""

import json
from pathlib import Path
from typing import Any

import cfn_flip

from template.pipeline import compose
from template.settings import Settings
from template.stages import title_of

ROOT = Path(__file__).parents[2]
STAGES = tuple(stage.name for stage in compose(Settings()).stages)
TITLES = tuple(map(title_of, STAGES))

type Json = dict[str, Any]


def read(path: Path) -> Json:
    """Read a template; its short functions (!Ref) come out in their long form."""
    template: Json = json.loads(cfn_flip.to_json(path.read_text(encoding="utf-8")))
    return template


def designed(template: Json) -> Json:
    """Return the resources without their metadata, which configure nothing."""
    return {
        title: {name: value for name, value in resource.items() if name != "Metadata"}
        for title, resource in template["Resources"].items()
    }


def of_type(resources: Json, kind: str) -> Json:
    """Return the properties of each resource of this type, by title."""
    return {
        title: resource["Properties"]
        for title, resource in resources.items()
        if resource["Type"] == kind
    }


def ref(title: str) -> Json:
    return {"Ref": title}


def get(title: str, attribute: str = "Arn") -> Json:
    return {"Fn::GetAtt": [title, attribute]}


def sub(text: str) -> Json:
    return {"Fn::Sub": text}


def named(base: str) -> Json:
    """Name a resource after its environment."""
    return sub(f"{base}-${{EnvironmentSuffix}}")


def allow(sid: str, actions: list[str], *resources: object) -> Json:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources)}


def deny_plain_http(action: str, *resources: object) -> Json:
    """Make the policy that refuses whoever does not come over TLS."""
    statement = {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": [action],
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
