"""The planned deployment: the template and the parameters in `samconfig.toml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from samcli.yamlhelper import yaml_parse

from ops.fixed_names import DEPLOYED_TYPES, FIXED_NAMES
from ops.samconfig import SUFFIX, InvalidConfiguration, find_section, read

CONFIGURATION = "samconfig.toml"
RETAINING = ("Retain", "RetainExceptOnCreate", "Snapshot")

type Template = dict[str, Any]


class NoPlan(Exception):
    """The plan cannot be read; the message contains the reason."""


def read_template(body: Any) -> Template:
    """Return a template as a dictionary, parsed if boto3 returned it as YAML."""
    template: Template = yaml_parse(body) if isinstance(body, str) else body
    return template


def retained(template: Template, parameters: Mapping[str, str]) -> set[str]:
    """Return the resources that outlive a stack with these parameters."""
    values = {
        name: parameters.get(name, parameter.get("Default"))
        for name, parameter in template.get("Parameters", {}).items()
    }

    def resolved(value: Any) -> Any:
        match value:
            case {"Ref": name}:
                return values.get(name)
            case {"Fn::If": [condition, yes, no]}:
                return resolved(yes if holds(template["Conditions"][condition]) else no)
        return value

    def holds(condition: Any) -> bool:
        match condition:
            case {"Fn::Equals": [one, other]}:
                return bool(resolved(one) == resolved(other))
            case {"Fn::Not": [inner]}:
                return not holds(inner)
        raise NoPlan(f"unknown condition behind a DeletionPolicy: {condition}")

    return {
        title
        for title, resource in template["Resources"].items()
        if resolved(resource.get("DeletionPolicy")) in RETAINING
    }


@dataclass(frozen=True)
class Plan:
    """A stack as it would be deployed."""

    stack_name: str
    suffix: str
    region: str
    template: Template
    parameters: dict[str, str] = field(default_factory=dict)
    profile: str | None = None

    @classmethod
    def read(cls, folder: Path, environment: str, suffix: str | None = None) -> "Plan":
        """Read the plan of an environment; raises NoPlan. Another suffix means another stack."""
        file = folder / CONFIGURATION
        try:
            section = find_section(file, read(file), environment)
            stack_name, deploy = section.stack_name, section.parameters("deploy")
            profile = deploy.get("profile")
            region = deploy.get("region") or boto3.Session(profile_name=profile).region_name
            if not region:
                hint = "add one, or set AWS_DEFAULT_REGION"
                raise NoPlan(f"{file}: [{environment}] has no region; {hint}")
            template = section.parameters("build").get("template_file", "template.yaml")
            body = (folder / template).read_text(encoding="utf-8")
            plan = cls(
                stack_name,
                section.suffix,
                region,
                read_template(body),
                section.overrides,
                profile,
            )
        except OSError as error:
            hint = f"run the command in the folder of {CONFIGURATION}"
            raise NoPlan(f"{error.filename}: {error.strerror}; {hint}") from error
        except InvalidConfiguration as error:
            raise NoPlan(str(error)) from error
        if not suffix or suffix == plan.suffix:
            return plan
        name = f"{plan.stack_name.removesuffix(plan.suffix)}{suffix}"
        return replace(plan, stack_name=name, suffix=suffix)

    def names(self, account: str) -> Iterator[tuple[str, str]]:
        """Yield the type and name of each resource that could conflict with an existing one."""
        values = {SUFFIX: self.suffix, "AWS::AccountId": account, "AWS::Region": self.region}
        for resource in self.template["Resources"].values():
            kind = DEPLOYED_TYPES.get(resource["Type"], resource["Type"])
            fixed = FIXED_NAMES.get(kind)
            if fixed and (name := resource.get("Properties", {}).get(fixed.property)):
                text = name["Fn::Sub"] if isinstance(name, dict) else name
                for parameter, value in values.items():
                    text = text.replace(f"${{{parameter}}}", value)
                yield kind, text

    def functions(self) -> list[dict[str, Any]]:
        """Return the properties of each function."""
        return [
            resource["Properties"]
            for resource in self.template["Resources"].values()
            if resource["Type"] == "AWS::Serverless::Function"
        ]

    def reservations(self) -> list[int]:
        """Return the reserved concurrency of each function that has one."""
        found = (function.get("ReservedConcurrentExecutions") for function in self.functions())
        return [int(reserved) for reserved in found if reserved is not None]

    def runtimes(self) -> list[str]:
        """Return the runtimes of the functions."""
        return sorted({function["Runtime"] for function in self.functions()})
