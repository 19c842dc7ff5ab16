"""The API as its clients see it: OpenAPI without the gateway's extensions, with every refusal."""

import json
from collections import defaultdict
from http import HTTPStatus
from typing import Any

from troposphere import Template

from template.api import API, STAGE, gateway_responses

EXTENSION = "x-amazon-"


def client_document(template: Template) -> dict[str, Any]:
    """Make the document of the API in this template."""
    definition: dict[str, Any] = without_extensions(template.resources[API].DefinitionBody)
    definition["info"] = {"title": "Transaction API", "version": definition["info"]["version"]}
    definition["servers"] = [
        {
            "url": f"https://{{api}}.execute-api.{{region}}.amazonaws.com/{STAGE}",
            "variables": {"api": {"default": "api"}, "region": {"default": "ap-southeast-1"}},
        }
    ]
    for operations in definition["paths"].values():
        for operation in operations.values():
            operation["responses"] |= refusals()
    definition["components"]["schemas"]["Refusal"] = {
        "type": "object",
        "required": ["message", "requestId"],
        "additionalProperties": False,
        "properties": {"message": {"type": "string"}, "requestId": {"type": "string"}},
    }
    return definition


def without_extensions(part: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Copy a part of a document, without what only API Gateway understands."""
    if not isinstance(part, dict):
        return part
    return {
        name: without_extensions(value)
        for name, value in part.items()
        if not name.startswith(EXTENSION)
    }


def refusals() -> dict[str, Any]:
    """Describe what a client can get instead of 202, by status."""
    messages: defaultdict[str, list[str]] = defaultdict(list)
    patient = set()
    for kind, response in gateway_responses().items():
        if kind == "DEFAULT_4XX":
            continue  # for what AWS may add one day
        status = response.get("statusCode", str(HTTPStatus.INTERNAL_SERVER_ERROR.value))
        message = json.loads(response["responseTemplates"]["application/json"])["message"]
        if message not in messages[status]:
            messages[status].append(message)
        if "responseParameters" in response:
            patient.add(status)
    return {
        status: _refusal(messages[status], tell_when=status in patient)
        for status in sorted(messages)
    }


def _refusal(messages: list[str], *, tell_when: bool) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    response: dict[str, Any] = {
        "description": " / ".join(messages),
        "content": {"application/json": {"schema": schema}},
    }
    if tell_when:
        response["headers"] = {
            "Retry-After": {
                "description": "Seconds after which to try again",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return response
