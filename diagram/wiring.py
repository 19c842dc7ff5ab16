"""The graph of a template: who hands what to whom."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from diagram.node_styles import (
    ALARM,
    API,
    CLIENT,
    FUNCTION,
    NODE_STYLES,
    STORES,
    SUBSCRIBER,
    TOPIC,
)
from diagram.template_reader import ROLE, Json, of_type, references, statements, text_of

SUBSCRIPTION = "AWS::SNS::Subscription"
INTEGRATION = "x-amazon-apigateway-integration"
INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"
SHOWN = NODE_STYLES.keys() - {CLIENT, SUBSCRIBER, ALARM}


class Kind(StrEnum):
    """What an edge carries."""

    FLOW = "flow"
    DATA = "data"
    FAILURE = "failure"


@dataclass(frozen=True)
class Node:
    """A resource, or what stands for many."""

    title: str
    type: str
    name: str


@dataclass(frozen=True)
class Edge:
    """An arrow with its label, line by line."""

    source: str
    target: str
    kind: Kind
    label: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """The nodes by title, and the edges between them."""

    nodes: dict[str, Node]
    edges: list[Edge]


def graph(template: Json) -> Graph:
    """Read the graph from a template in JSON."""
    resources: Json = template["Resources"]
    nodes = {
        title: Node(title, resource["Type"], _name(title, resource))
        for title, resource in resources.items()
        if resource["Type"] in SHOWN
    }
    edges = [*_requests(resources), *_deliveries(resources)]
    drawn = {(edge.source, edge.target) for edge in edges}
    edges += [edge for edge in _permitted(resources) if (edge.source, edge.target) not in drawn]
    edges += [*_subscriptions(resources), *_alarms(resources)]
    return Graph(nodes | {node.title: node for node in _around(resources)}, _merged(edges))


def _merged(edges: list[Edge]) -> list[Edge]:
    """Make one arrow of those that run side by side."""
    labels: dict[tuple[str, str, Kind], tuple[str, ...]] = {}
    for edge in edges:
        way = (edge.source, edge.target, edge.kind)
        labels[way] = (*labels.get(way, ()), *edge.label)
    return [Edge(*way, label) for way, label in labels.items()]


def _name(title: str, resource: Json) -> str:
    value = resource["Properties"].get(NODE_STYLES[resource["Type"]].name_property, title)
    return text_of(value).partition("-{")[0]


def _around(resources: Json) -> Iterator[Node]:
    """Add what is no resource of its own: clients, subscribers, and the alarms as one."""
    yield Node("Client", CLIENT, "client")
    for _, properties in of_type(resources, SUBSCRIPTION):
        yield Node(_subscriber(properties), SUBSCRIBER, properties["Protocol"])
    if alarms := len(list(of_type(resources, ALARM))):
        yield Node("AllAlarms", ALARM, f"{alarms} alarms")


def _subscriber(properties: Json) -> str:
    return f"{properties['Protocol'].capitalize()}{text_of(properties['Endpoint'])}"


def _requests(resources: Json) -> Iterator[Edge]:
    for api, properties in of_type(resources, API):
        document = properties["DefinitionBody"]
        schemes = document["components"]["securitySchemes"].values()
        yield Edge("Client", api, Kind.FLOW, tuple(scheme["name"] for scheme in schemes))
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if INTEGRATION in operation:
                    route = f"{method.upper()} {path}"
                    yield from _integration(resources, api, route, operation[INTEGRATION])


def _integration(resources: Json, api: str, route: str, integration: Json) -> Iterator[Edge]:
    """Follow a route to a function, or to what it names and its role may use."""
    named = dict.fromkeys(references(integration))
    for title in named:
        kind = resources.get(title, {}).get("Type")
        if kind == FUNCTION:
            event = integration.get("requestParameters", {}).get(INVOCATION_TYPE) == "'Event'"
            how = "asynchronous" if event else "synchronous"
            yield Edge(api, title, Kind.FLOW, (route, how))
        elif kind == ROLE:
            for edge in _granted(resources, api, title):
                if edge.target in named:
                    yield replace(edge, label=(route, *edge.label))


def _deliveries(resources: Json) -> Iterator[Edge]:
    """Follow destinations and dead-letter queues, which Lambda serves for the function."""
    for title, properties in of_type(resources, FUNCTION):
        config = properties.get("EventInvokeConfig", {}).get("DestinationConfig", {})
        for condition, destination in config.items():
            kind = Kind.FAILURE if condition == "OnFailure" else Kind.FLOW
            for target in references(destination):
                yield Edge(title, target, kind, (condition,))
        for target in references(properties.get("DeadLetterQueue", {})):
            yield Edge(title, target, Kind.FAILURE)


def _permitted(resources: Json) -> Iterator[Edge]:
    """Follow what the code of a function may do by its role."""
    for title, properties in of_type(resources, FUNCTION):
        for role in references(properties["Role"]):
            yield from _granted(resources, title, role)


def _granted(resources: Json, source: str, role: str) -> Iterator[Edge]:
    for statement in statements(resources[role]["Properties"]):
        actions = tuple(action.partition(":")[2] for action in statement["Action"])
        for target in dict.fromkeys(references(statement["Resource"])):
            if (kind := resources[target]["Type"]) in SHOWN:
                yield Edge(source, target, Kind.DATA if kind in STORES else Kind.FLOW, actions)


def _subscriptions(resources: Json) -> Iterator[Edge]:
    for _, properties in of_type(resources, SUBSCRIPTION):
        wanted = [word for words in properties.get("FilterPolicy", {}).values() for word in words]
        for topic in references(properties["TopicArn"]):
            yield Edge(topic, _subscriber(properties), Kind.FLOW, tuple(wanted))


def _alarms(resources: Json) -> Iterator[Edge]:
    notified = [
        topic
        for _, properties in of_type(resources, ALARM)
        for topic in references(properties.get("AlarmActions"))
        if resources[topic]["Type"] == TOPIC
    ]
    for topic in dict.fromkeys(notified):
        yield Edge("AllAlarms", topic, Kind.FLOW)
