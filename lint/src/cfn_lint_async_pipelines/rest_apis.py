"""REST APIs of a template: their keys, and the models of their request validators."""

from collections.abc import Iterator
from typing import Any

from cfn_lint_async_pipelines.template import (
    Path,
    Template,
    at,
    denoted,
    listed,
    mapping,
    references,
)

_IMPLICIT_API = "ServerlessRestApi"
"""The logical ID of the API that SAM makes for Api events without a `RestApiId`."""

_DOCUMENTS = {"AWS::ApiGateway::RestApi": "Body", "AWS::Serverless::Api": "DefinitionBody"}
_VALIDATOR = "x-amazon-apigateway-request-validator"
_WITH_BODY = {"post", "put", "patch"}
_METHODS = _WITH_BODY | {"get", "delete", "head", "options", "x-amazon-apigateway-any-method"}


def keys_without_output(template: Template) -> dict[str, Path]:
    """Return the path of each API key that no output mentions, by the key's logical ID."""
    mentioned = references(template.body.get("Outputs"))
    keys: dict[str, Path] = {
        key.title: ("Resources", key.title) for key in template.of_type("AWS::ApiGateway::ApiKey")
    }
    for api, usage_plan, path in _usage_plans(template):
        key = {"PER_API": f"{api}ApiKey", "SHARED": "ServerlessApiKey"}.get(
            str(at(usage_plan, "CreateUsagePlan"))
        )
        if key is not None:
            keys.setdefault(key, path)
            if f"{api}.ApiKey" in mentioned:  # SAM puts the logical ID of the key there.
                mentioned.add(key)
    return {key: path for key, path in keys.items() if key not in mentioned}


def _usage_plans(template: Template) -> Iterator[tuple[str, object, Path]]:
    """Yield the logical ID of each SAM API, its usage plan or None, and the plan's path."""
    keys = ("Auth", "UsagePlan")
    for api in template.of_type("AWS::Serverless::Api"):
        yield api.title, at(api.properties, *keys), api.path(*keys)
    if _has_implicit_api(template):
        path = ("Globals", "Api", *keys)
        yield _IMPLICIT_API, at(template.body, *path), path


def _has_implicit_api(template: Template) -> bool:
    """Return True if SAM makes an API that is not in the template."""
    return any(
        at(event, "Type") == "Api"
        and ((api := at(event, "Properties", "RestApiId")) is None or denoted(api) == _IMPLICIT_API)
        for resource in template.of_type(
            "AWS::Serverless::Function", "AWS::Serverless::StateMachine"
        )
        for event in mapping(resource.properties.get("Events")).values()
    )


def methods_without_model(template: Template) -> Iterator[tuple[Path, str]]:
    """Yield the path and the name of each method that validates bodies without a model."""
    for api in template.of_type(*_DOCUMENTS):
        name = _DOCUMENTS[api.kind]
        yield from _operations_without_model(api.properties.get(name), api.path(name))
    for method in template.of_type("AWS::ApiGateway::Method"):
        validator = template.denoted(method.properties.get("RequestValidatorId"))
        if validator is not None and _lacks_model(method.properties, validator.properties):
            yield method.path("RequestValidatorId"), method.title


def unused_validators(template: Template) -> Iterator[tuple[Path, str]]:
    """Yield the path and the logical ID of each body validator that nothing mentions."""
    mentioned = references(template.body)
    for validator in template.of_type("AWS::ApiGateway::RequestValidator"):
        if _is_on(validator.properties, "ValidateRequestBody") and (
            validator.title not in mentioned
        ):
            yield ("Resources", validator.title), validator.title


def _lacks_model(method: dict[str, Any], validator: dict[str, Any]) -> bool:
    # API Gateway's own model "Empty" is the schema {}.
    has_model = any(model != "Empty" for model in mapping(method.get("RequestModels")).values())
    has_parameters = "RequestParameters" in method and (
        _is_on(validator, "ValidateRequestParameters")
    )
    return _is_on(validator, "ValidateRequestBody") and not (has_model or has_parameters)


def _operations_without_model(document: object, path: Path) -> Iterator[tuple[Path, str]]:
    validators = at(document, "x-amazon-apigateway-request-validators")
    default = at(document, _VALIDATOR)
    for route, item in mapping(at(document, "paths")).items():
        for method, operation in mapping(item).items():
            if method not in _METHODS or not isinstance(operation, dict):
                continue
            is_own = _VALIDATOR in operation
            if not is_own and method not in _WITH_BODY:
                continue  # The API's default validator is meant for methods with a body.
            validator = at(validators, str(operation.get(_VALIDATOR, default)))
            parameters = [*_parameters(item), *_parameters(operation)]
            if _is_on(validator, "validateRequestBody") and not (
                _has_schema(operation, parameters)
                or (_is_on(validator, "validateRequestParameters") and parameters)
            ):
                keys = (*path, "paths", route, method, *([_VALIDATOR] if is_own else []))
                yield keys, f"{method.upper()} {route}"


def _parameters(holder: dict[str, Any]) -> list[Any]:
    return listed(holder.get("parameters", []))


def _has_schema(operation: dict[str, Any], parameters: list[Any]) -> bool:
    """Return True if the body has a schema, or has it elsewhere: `$ref`, Fn::If and the like."""
    body = operation.get("requestBody")
    if isinstance(body, dict):
        content = body.get("content")
        return content is None or any(at(media, "schema") for media in mapping(content).values())
    return any(
        "$ref" in mapping(parameter) or (at(parameter, "in") == "body" and at(parameter, "schema"))
        for parameter in parameters
    )


def _is_on(holder: object, switch: str) -> bool:
    return str(at(holder, switch)).lower() == "true"
