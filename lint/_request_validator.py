"""W9324: a request validator that has nothing to validate by."""

from collections.abc import Iterator
from typing import Any

from lint._rule import SOURCES, Finding, Rule
from lint._template import Path, Resource, Template, at, listed, mapping, references

_APIS = {"AWS::ApiGateway::RestApi": "Body", "AWS::Serverless::Api": "DefinitionBody"}
_VALIDATOR = "x-amazon-apigateway-request-validator"
_WITH_BODY = {"post", "put", "patch"}
_METHODS = _WITH_BODY | {"get", "delete", "head", "options", "x-amazon-apigateway-any-method"}


class ValidatesNothing(Rule):
    """Request validation is switched on, and every body passes."""

    id = "W9324"
    shortdesc = "Request validator without a model"
    description = (
        "A request validator holds a body against the method's model; without a model it lets "
        "every body through"
    )
    source_url = (
        f"{SOURCES}/apigateway/latest/developerguide/api-gateway-method-request-validation.html"
    )
    tags = ("resources", "apigateway")

    def findings(self, template: Template) -> Iterator[Finding]:
        """Point at each method whose validator has nothing to do, and at each idle validator."""
        for api in template.of_type(*_APIS):
            name = _APIS[api.kind]
            yield from _of_document(api.properties.get(name), api.path(name))
        for method in template.of_type("AWS::ApiGateway::Method"):
            yield from _of_method(method, template)
        mentioned = references(template.body)
        for validator in template.of_type("AWS::ApiGateway::RequestValidator"):
            if _is_on(validator.properties, "ValidateRequestBody") and (
                validator.title not in mentioned
            ):
                yield Finding(
                    ("Resources", validator.title),
                    f"No method uses the request validator {validator.title}: it validates nothing",
                )


def _of_method(method: Resource, template: Template) -> Iterator[Finding]:
    properties = method.properties
    validator = template.denoted(properties.get("RequestValidatorId"))
    if validator is None or not _is_on(validator.properties, "ValidateRequestBody"):
        return
    # API Gateway's own model "Empty" is the schema {}.
    has_model = any(model != "Empty" for model in mapping(properties.get("RequestModels")).values())
    has_parameters = "RequestParameters" in properties and (
        _is_on(validator.properties, "ValidateRequestParameters")
    )
    if not has_model and not has_parameters:
        yield _finding(method.path("RequestValidatorId"), method.title)


def _of_document(document: object, path: Path) -> Iterator[Finding]:
    validators = at(document, "x-amazon-apigateway-request-validators")
    default = at(document, _VALIDATOR)
    for route, item in mapping(at(document, "paths")).items():
        for method, operation in mapping(item).items():
            if method not in _METHODS or not isinstance(operation, dict):
                continue
            is_own = _VALIDATOR in operation
            if not is_own and method not in _WITH_BODY:
                continue  # the validator of the whole API is not meant for it
            validator = at(validators, str(operation.get(_VALIDATOR, default)))
            parameters = [*_parameters(item), *_parameters(operation)]
            if _is_on(validator, "validateRequestBody") and not (
                _has_model(operation, parameters)
                or (_is_on(validator, "validateRequestParameters") and parameters)
            ):
                where = (*path, "paths", route, method, *([_VALIDATOR] if is_own else []))
                yield _finding(where, f"{method.upper()} {route}")


def _parameters(holder: dict[str, Any]) -> list[Any]:
    return listed(holder.get("parameters", []))


def _has_model(operation: dict[str, Any], parameters: list[Any]) -> bool:
    """Say whether a body has a schema, or has it somewhere else: `$ref`, Fn::If and the like."""
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


def _finding(path: Path, subject: str) -> Finding:
    return Finding(path, f"{subject} validates bodies without a model: every body passes")
