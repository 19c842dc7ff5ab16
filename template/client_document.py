"""The OpenAPI document for clients: no gateway extensions, but every error response."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any

from troposphere import Template

from template.api import API, STAGE
from template.api_responses import REFUSALS, RETRY_AFTER, RETRY_SECONDS

EXTENSION = "x-amazon-"
UNSPECIFIC = {"DEFAULT_4XX"}
"""For errors that AWS may add."""

BODY_ERRORS = {"BAD_REQUEST_BODY", "REQUEST_TOO_LARGE"}
"""Errors of operations with a request body."""


def client_document(template: Template) -> dict[str, Any]:
    """Return the client document of the template's API."""
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
            ignored = UNSPECIFIC if "requestBody" in operation else UNSPECIFIC | BODY_ERRORS
            operation["responses"] = joined(operation["responses"], gateway_errors(ignored))
    return definition


def without_extensions(part: Any) -> Any:
    """Return a part of a document without API Gateway's extensions."""
    if not isinstance(part, dict):
        return part
    return {
        name: without_extensions(value)
        for name, value in part.items()
        if not name.startswith(EXTENSION)
    }


def joined(own: dict[str, Any], of_the_gateway: dict[str, Any]) -> dict[str, Any]:
    """Return the operation's own responses and those of the gateway, by status.

    A response of both has the headers of its own operation, which the gateway's lacks.
    """
    responses = {**of_the_gateway, **own}
    for status in own.keys() & of_the_gateway.keys():
        both = (own[status]["description"], of_the_gateway[status]["description"])
        responses[status] = {
            **own[status],
            "description": " / ".join(both),
            "headers": {
                name: {**header, "required": False}
                for name, header in own[status]["headers"].items()
            },
        }
    return {status: responses[status] for status in sorted(responses)}


def gateway_errors(ignored: set[str]) -> dict[str, Any]:
    """Return the gateway's error responses by status."""
    messages: defaultdict[str, list[str]] = defaultdict(list)
    for kind, (status, message) in REFUSALS.items():
        if kind not in ignored:
            messages[str(status or HTTPStatus.INTERNAL_SERVER_ERROR.value)].append(message)
    schema = {"$ref": "#/components/schemas/Refusal"}
    responses: dict[str, Any] = {
        status: {
            "description": " / ".join(dict.fromkeys(texts)),
            "content": {"application/json": {"schema": schema}},
        }
        for status, texts in messages.items()
    }
    for retryable in {str(REFUSALS[kind][0]) for kind in RETRY_SECONDS}:
        responses[retryable]["headers"] = {"Retry-After": RETRY_AFTER}
    return responses
