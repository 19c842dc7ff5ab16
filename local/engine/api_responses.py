"""Gateway responses: imported from the OpenAPI document and rendered as in API Gateway.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import functools
import json
import logging
import re
from collections.abc import Callable
from http import HTTPStatus

from localemu.services.apigateway.models import apigateway_stores
from localemu.services.apigateway.next_gen.execute_api.gateway_response import (
    BaseGatewayException,
    InternalServerError,
    build_gateway_response,
)

from local.engine.patching import Untyped, patch

GATEWAY = "localemu.services.apigateway"
FAILURES = f"{GATEWAY}.next_gen.execute_api.handlers.gateway_exception:GatewayExceptionHandler"
EXTENSION = "x-amazon-apigateway-gateway-responses"
INTEGRATION = "x-amazon-apigateway-integration"
LOG = logging.getLogger(__name__)


@patch(f"{GATEWAY}.legacy.provider:import_api_from_openapi_spec")
def import_extensions(
    original: Callable[..., Untyped],
    rest_api: Untyped,
    context: Untyped,
    open_api_spec: Untyped,
    mode: Untyped,
) -> Untyped:
    """Import gateway responses and integration credentials, which the engine ignores."""
    imported = original(rest_api, context, open_api_spec, mode)
    container = apigateway_stores[context.account_id][context.region].rest_apis[rest_api.id]
    for name, settings in open_api_spec.get(EXTENSION, {}).items():
        container.gateway_responses[name] = build_gateway_response(
            name,
            status_code=settings.get("statusCode"),
            response_parameters=settings.get("responseParameters"),
            response_templates=settings.get("responseTemplates"),
            default_response=False,
        )
    for resource in rest_api.resources.values():
        operations = open_api_spec["paths"].get(resource.get_path(), {})
        for verb, method in resource.resource_methods.items():
            declared = operations.get(verb.lower(), {}).get(INTEGRATION, {})
            method.method_integration.credentials = declared.get("credentials")
    return imported


@patch(f"{FAILURES}.__call__")
def respond_to_failures(
    original: Callable[..., None],
    self: Untyped,
    chain: Untyped,
    exception: Exception,
    context: Untyped,
    response: Untyped,
) -> None:
    """Turn an error inside the gateway into a gateway response with status 500."""
    if not isinstance(exception, BaseGatewayException):
        LOG.error("The gateway failed", exc_info=exception)
        exception = InternalServerError("Internal server error")
    original(self, chain, exception, context, response)


@patch(f"{FAILURES}.create_exception_response")
def render_responses(
    original: Callable[..., Untyped], self: Untyped, exception: Untyped, context: Untyped
) -> Untyped:
    """Render the template of the response type or of its family."""
    response = original(self, exception, context)
    configured = context.deployment.rest_api.gateway_responses
    server_error = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    family = "DEFAULT_5XX" if server_error else "DEFAULT_4XX"
    chosen = configured.get(exception.type) or configured.get(family) or {}
    if template := chosen.get("responseTemplates", {}).get("application/json"):
        response.set_data(render(template, context.context_variables))
    return response


def render(template: str, variables: Untyped) -> str:
    """Replace each $context.path by its value; only `messageString` includes quotes."""

    def value(match: re.Match[str]) -> str:
        path = match[1].split(".")
        found = functools.reduce(lambda node, name: (node or {}).get(name), path, variables)
        return json.dumps(found) if path[-1] == "messageString" else str(found or "")

    return re.sub(r"\$context\.(\w+(?:\.\w+)*)", value, template)
