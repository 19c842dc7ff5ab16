"""A small reader of templates, and CloudFormation's functions in long form."""

import json
from pathlib import Path
from typing import Any

import yaml
from samcli.yamlhelper import intrinsics_multi_constructor

from template.pipeline import compose
from template.settings import Settings
from template.stages import title_of

ROOT = Path(__file__).parents[2]
STAGES = tuple(stage.name for stage in compose(Settings()).stages)
TITLES = tuple(map(title_of, STAGES))

type Json = dict[str, Any]


class Loader(yaml.CSafeLoader):
    """SAM's loader of templates, with the parser of libyaml, which takes a tenth of the time."""


Loader.add_multi_constructor("!", intrinsics_multi_constructor)


def read(path: Path) -> Json:
    """Read a template, with short functions (!Ref) in long form."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe one
    template: Json = json.loads(json.dumps(content))
    return template


def designed(template: Json) -> Json:
    """Return the resources without metadata, which is not deployed."""
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
    """Return a resource name with the environment suffix."""
    return sub(f"{base}-${{EnvironmentSuffix}}")


def allow(sid: str, actions: list[str], *resources: object) -> Json:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources)}


def deny_plain_http(action: str, *resources: object) -> Json:
    """Return a policy that denies requests without TLS."""
    statement = {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": [action],
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(service: str) -> Json:
    """Return the trust policy of a role that the service assumes for this account."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{service}.amazonaws.com"]},
        "Action": ["sts:AssumeRole"],
        "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": ref("AWS::AccountId")}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
