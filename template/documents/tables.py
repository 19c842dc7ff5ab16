"""The Markdown tables of the template and the settings."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from diagram.template_reader import ROLE, Json, of_type, statements, text_of
from template.settings import Settings

NAMES = (
    "FunctionName", "TableName", "BucketName", "QueueName", "TopicName", "FilterName",
    "LogGroupName", "RoleName", "AlarmName", "DashboardName", "UsagePlanName", "RuleName",
    "Name",
)  # fmt: skip

PURPOSES = {
    "AWS::ApiGateway::ApiKey": "Key that a client sends as `x-api-key`",
    "AWS::ApiGateway::UsagePlan": "Rate, burst and quota of the key",
    "AWS::ApiGateway::UsagePlanKey": "Adds the key to the usage plan",
    "AWS::CloudWatch::Dashboard": "The pipeline at a glance",
    "AWS::DynamoDB::Table": "One item for each transaction or request",
    "AWS::IAM::Role": "Permissions: [security.md](security.md)",
    "AWS::Logs::LogGroup": "JSON log lines of the function",
    "AWS::Logs::MetricFilter": "Counts the logged outcomes by status",
    "AWS::S3::Bucket": "One audit object for each transaction ID",
    "AWS::S3::BucketPolicy": "Denies plain HTTP",
    "AWS::SNS::Subscription": "Email to `AlertEmail`, if set",
    "AWS::SNS::Topic": "Notifies its subscribers",
    "AWS::SQS::Queue": "Dead-letter messages of the function",
    "AWS::SQS::QueuePolicy": "Denies plain HTTP",
    "AWS::XRay::SamplingRule": "Share of the API's requests that X-Ray records",
    "AWS::Serverless::Api": "Checks key and body, invokes the validator, reads both tables",
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table with escaped cells."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: object) -> str:
    """Return a value as inline code; empty stays empty."""
    return f"`{text}`" if text != "" else ""


def parameters(template: Json) -> str:
    """Return the table of parameters."""
    return table(
        ["parameter", "default", "allowed values", "description"],
        (
            [code(name), code(given["Default"]) or "empty", _allowed(given), given["Description"]]
            for name, given in template["Parameters"].items()
        ),
    )


def _allowed(parameter: Json) -> str:
    if values := parameter.get("AllowedValues"):
        return " or ".join(map(code, values))
    return str(parameter.get("ConstraintDescription", "any text"))


def outputs(template: Json) -> str:
    """Return the table of outputs."""
    return table(
        ["output", "description"],
        ([code(name), given["Description"]] for name, given in template["Outputs"].items()),
    )


def resources(template: Json) -> str:
    """Return the table of resources with their names and purposes."""
    return table(
        ["resource", "type", "name", "description"],
        (
            [code(title), given["Type"].removeprefix("AWS::"), code(_name(given)), _purpose(given)]
            for title, given in template["Resources"].items()
        ),
    )


def _name(resource: Json) -> str:
    properties = resource["Properties"]
    properties = properties.get("SamplingRule", properties)  # its name is one level below
    return next((text_of(properties[name]) for name in NAMES if name in properties), "")


def _purpose(resource: Json) -> str:
    properties = resource["Properties"]
    for name in ("Description", "AlarmDescription"):
        if name in properties:
            return text_of(properties[name])
    return PURPOSES.get(resource["Type"], "")


def settings(defaults: Settings) -> str:
    """Return the table of build_template.py's settings."""
    return table(
        ["flag", "default", "unit", "from", "to", "description"],
        (
            [
                code("--" + setting.name.replace("_", "-")),
                code(_default(getattr(defaults, setting.name))),
                *_bounds(given),
                given["text"],
            ]
            for setting in fields(Settings)
            for given in [setting.metadata]
        ),
    )


def _default(value: int | None) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else f"{value:,}"


def _bounds(given: Mapping[str, Any]) -> list[str]:
    """Return a setting's unit and bounds; a choice has the opposite flag instead."""
    if "unit" not in given:
        return ["", "", "`--no-...`"]
    optional = " or `none`" if given["optional"] else ""
    return [given["unit"], f"{given['low']:,}", f"{given['high']:,}{optional}"]


def permissions(template: Json) -> str:
    """Return the table of permissions, statement by statement."""
    return table(
        ["role", "trusts", "statement", "actions", "on"],
        (
            [
                code(title.removesuffix("Role")),
                ", ".join(_trusted(role)),
                statement["Sid"],
                ", ".join(map(code, statement["Action"])),
                ", ".join(code(text_of(target)) for target in statement["Resource"]),
            ]
            for title, role in of_type(template["Resources"], ROLE)
            for statement in statements(role)
        ),
    )


def _trusted(role: Json) -> Iterable[str]:
    for statement in role["AssumeRolePolicyDocument"]["Statement"]:
        yield from statement["Principal"]["Service"]
