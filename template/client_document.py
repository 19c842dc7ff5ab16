"""The API as its clients see it: OpenAPI without the gateway's extensions, with every refusal."""

import json
from collections import defaultdict
from http import HTTPStatus
from typing import Any

from troposphere import Template

from template.api import API, STAGE
from template.api_responses import RETRY_AFTER, gateway_responses

EXTENSION = "x-amazon-"
OF_NO_KIND = {"DEFAULT_4XX"}
"""For what AWS may add one day."""

OF_THE_BODY = {"BAD_REQUEST_BODY", "REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"}
"""What a client that sends none never gets."""


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
            ignored = OF_NO_KIND if "requestBody" in operation else OF_NO_KIND | OF_THE_BODY
            operation["responses"] = joined(operation["responses"], refusals(ignored))
    return definition


def without_extensions(part: Any) -> Any:
    """Copy a part of a document, without what only API Gateway understands."""
    if not isinstance(part, dict):
        return part
    return {
        name: without_extensions(value)
        for name, value in part.items()
        if not name.startswith(EXTENSION)
    }


def joined(own: dict[str, Any], of_the_gateway: dict[str, Any]) -> dict[str, Any]:
    """Join an operation's own answers with those of the gateway, by status."""
    answers = {**of_the_gateway, **own}
    for status in own.keys() & of_the_gateway.keys():
        both = (own[status]["description"], of_the_gateway[status]["description"])
        answers[status] = {**own[status], "description": " / ".join(both)}
    return {status: answers[status] for status in sorted(answers)}


def refusals(ignored: set[str]) -> dict[str, Any]:
    """Describe how the gateway refuses, by status."""
    messages: defaultdict[str, list[str]] = defaultdict(list)
    patient = set()
    for kind, response in gateway_responses().items():
        if kind in ignored:
            continue
        status = response.get("statusCode", str(HTTPStatus.INTERNAL_SERVER_ERROR.value))
        message = json.loads(response["responseTemplates"]["application/json"])["message"]
        if message not in messages[status]:
            messages[status].append(message)
        if "responseParameters" in response:
            patient.add(status)
    return {status: _refusal(messages[status], tell_when=status in patient) for status in messages}


def _refusal(messages: list[str], *, tell_when: bool) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    response: dict[str, Any] = {
        "description": " / ".join(messages),
        "content": {"application/json": {"schema": schema}},
    }
    if tell_when:
        response["headers"] = {"Retry-After": RETRY_AFTER}
    return response
