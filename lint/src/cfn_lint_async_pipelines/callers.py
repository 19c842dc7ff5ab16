"""The callers of a function in a template: callers that wait for the response, and others."""

import re
from collections.abc import Iterator

from cfn_lint_async_pipelines.template import Resource, Template, at, mapping, references, texts

_SYNCHRONOUS_EVENTS = {
    "AlexaSkill",
    "Cognito",
    "DocumentDB",
    "DynamoDB",
    "HttpApi",
    "Kinesis",
    "MQ",
    "MSK",
    "SQS",
    "SelfManagedKafka",
}
_SYNCHRONOUS = {
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Url",
}
_APIS = {
    "AWS::ApiGateway::RestApi": "Body",
    "AWS::ApiGatewayV2::Api": "Body",
    "AWS::Serverless::Api": "DefinitionBody",
    "AWS::Serverless::HttpApi": "DefinitionBody",
}
_NO_CALLERS = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
}
_WAITING_PRINCIPALS = {"apigateway.amazonaws.com", "elasticloadbalancing.amazonaws.com"}


def is_only_called_synchronously(function: Resource, template: Template) -> bool:
    """Return True if the function has callers and each is known to wait for the response."""
    calls = [*_own_events(function, template), *_calls(function, template)]
    return bool(calls) and all(calls)


def _own_events(function: Resource, template: Template) -> Iterator[bool]:
    """Yield True for each event of a SAM function whose source waits, False for the others."""
    if "FunctionUrlConfig" in function.properties:
        yield True
    for event in mapping(function.properties.get("Events")).values():
        kind = mapping(event).get("Type")
        if kind != "Api":
            yield kind in _SYNCHRONOUS_EVENTS
            continue
        name = at(event, "Properties", "RestApiId")
        api = template.denoted(name)
        if api is None or api.kind != "AWS::Serverless::Api":
            yield name is None
        elif function.title not in references(api.properties.get("DefinitionBody")):
            yield not api.properties.keys() & {"DefinitionBody", "DefinitionUri"}


def _calls(function: Resource, template: Template) -> Iterator[bool]:
    """Yield True for each resource that calls the function and waits, False for the others."""
    titles = _titles(function, template)
    name = _name(function)
    for resource in template.resources.values():
        if resource.title == function.title or resource.kind in _NO_CALLERS:
            continue
        if _mentions(resource.body, titles, name):
            yield from _waits(resource, titles, name)
        elif name is not None and name in texts(resource.body):
            yield False


def _name(function: Resource) -> str | None:
    """Return the function's name as the template has it, with placeholders."""
    match function.properties.get("FunctionName"):
        case str(name) | {"Fn::Sub": str(name)}:
            return name
    return None


def _titles(function: Resource, template: Template) -> set[str]:
    """Return the logical IDs of the function, its versions and its aliases."""
    titles = {function.title}
    for other in template.of_type("AWS::Lambda::Version", "AWS::Lambda::Alias"):
        if references(other.properties.get("FunctionName")) & titles:
            titles.add(other.title)
    return titles


def _mentions(value: object, titles: set[str], name: str | None) -> bool:
    return bool(references(value) & titles) or (
        name is not None
        and any(re.search(rf":function:{re.escape(name)}(?![\w-])", text) for text in texts(value))
    )


def _waits(resource: Resource, titles: set[str], name: str | None) -> Iterator[bool]:
    """Yield True if the resource calls the function and waits, nothing if it does not call."""
    properties = resource.properties
    match resource.kind:
        case kind if kind in _SYNCHRONOUS:
            yield True
        case kind if kind in _APIS:
            integrations = [
                integration
                for integration in _integrations(properties.get(_APIS[kind]))
                if _mentions(integration, titles, name)
            ]
            # A function outside the integrations is an authorizer: API Gateway waits for it.
            yield all(map(_integration_waits, integrations))
        case "AWS::ApiGateway::Method":
            yield _integration_waits(mapping(properties.get("Integration")))
        case "AWS::ApiGatewayV2::Integration":
            yield _integration_waits(properties)
        case "AWS::Lambda::Permission":
            principal = properties.get("Principal")
            if principal not in _WAITING_PRINCIPALS and "FunctionUrlAuthType" not in properties:
                yield False
        case "AWS::Lambda::EventInvokeConfig":
            if _mentions(properties.get("DestinationConfig"), titles, name):
                yield False
        case _:
            yield False


def _integrations(value: object) -> Iterator[dict[str, object]]:
    """Yield every integration in an OpenAPI document."""
    if isinstance(value, list):
        for item in value:
            yield from _integrations(item)
    for key, item in mapping(value).items():
        if key == "x-amazon-apigateway-integration":
            yield mapping(item)
        else:
            yield from _integrations(item)


def _integration_waits(integration: dict[str, object]) -> bool:
    """Return False if a header makes, or lets a client make, the invocation asynchronous."""
    parameters = integration.get("requestParameters", integration.get("RequestParameters"))
    return all(
        str(value).strip("'").lower() == "requestresponse"
        for name, value in mapping(parameters).items()
        if name.lower().endswith(".x-amz-invocation-type")
    )
