"""The map: the picture of the deployed template, with figures over its nodes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from diagram import svg
from diagram.layout import Layout, Place, layout
from diagram.node_styles import API, FUNCTION, NODE_STYLES, STORES, TOPIC
from diagram.wiring import Edge, Graph, graph
from ops.plan import Template, read_template
from ops.stack import Stack

OFFSET = 46
"""How far from the middle of a node its figures stand, beside the glyph."""

IAM_OPERATIONS = {"GetObject": ("GetObject", "HeadObject")}
"""The operations of an IAM action that has another name than its only operation."""


@dataclass(frozen=True)
class StageFigures:
    """What is known of a stage; None is unknown."""

    name: str
    waiting: int | None
    retrying: int | None
    running: int | None
    succeeded: int
    failed: int
    dead: int
    dead_in_flight: int

    @property
    def in_progress(self) -> int | None:
        """Number of events that are queued, retried or running."""
        known = [one for one in (self.waiting, self.retrying, self.running) if one is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class Figures:
    """What is known of a stack: by stage, of the API, and the successful calls of functions."""

    stages: Mapping[str, StageFigures]
    accepted: int | None
    client_errors: int | None
    calls: Mapping[tuple[str, str], int] | None
    period: str


@dataclass(frozen=True)
class Mark:
    """A figure over a node, left or right of its glyph."""

    node: str
    place: Place
    side: int
    value: int
    label: str
    tone: str = ""

    @property
    def x(self) -> float:
        """Return the x of the middle of the figure."""
        return self.place.x + self.side * OFFSET


@dataclass(frozen=True)
class Target:
    """Operations of a resource that a function may call."""

    function: str
    service: str
    operation: str
    resource: str

    @property
    def key(self) -> str:
        """Return the target as a form sends it."""
        return f"{self.service} {self.operation} {self.resource}"


@dataclass(frozen=True)
class StackMap:
    """The graph of a deployed template, and the physical IDs of its resources."""

    graph: Graph
    physical_ids: Mapping[str, str]
    title: str

    @classmethod
    def read(cls, stack: Stack) -> "StackMap":
        """Read the deployed template, without the resources whose condition is false."""
        found = stack.cloudformation.get_template(StackName=stack.name, TemplateStage="Original")
        template: Template = read_template(found["TemplateBody"])
        pages = stack.cloudformation.get_paginator("list_stack_resources")
        physical_ids = {
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
            for page in pages.paginate(StackName=stack.name)
            for resource in page["StackResourceSummaries"]
        }
        deployed = {
            title: resource
            for title, resource in template["Resources"].items()
            if title in physical_ids
        }
        return cls(
            graph({**template, "Resources": deployed}),
            physical_ids,
            template.get("Description", stack.name),
        )

    @cached_property
    def layout(self) -> Layout:
        """The places of the nodes."""
        return layout(self.graph)

    @cached_property
    def picture(self) -> str:
        """The picture as SVG."""
        return svg.picture(self.graph, self.title)

    @cached_property
    def _nodes(self) -> Mapping[str, str]:
        """The title of each node by the last part of its resource's physical ID."""
        return {
            _name(self.physical_ids[title]): title
            for title in self.graph.nodes
            if title in self.physical_ids
        }

    def marks(self, figures: Figures, queues: Mapping[str, str]) -> Iterator[Mark]:
        """Yield the figures over the nodes; `queues` are each stage's dead-letter queue."""
        for function, stage in figures.stages.items():
            if place := self._place(function):
                if (count := stage.in_progress) is not None:
                    yield Mark(*place, -1, count, "active", "busy" if count else "")
                yield Mark(*place, 1, stage.succeeded, "done")
            if place := self._place(queues.get(function, "")):
                yield Mark(*place, 1, stage.dead, "dead", "bad" if stage.dead else "")
                if stage.dead_in_flight:
                    yield Mark(*place, -1, stage.dead_in_flight, "in flight")
        for title, node in self.graph.nodes.items():
            place = title, self.layout.places[title]
            if node.type == API and figures.accepted is not None:
                yield Mark(*place, 1, figures.accepted, "accepted")
            if node.type == API and figures.client_errors:
                yield Mark(*place, -1, figures.client_errors, "4xx")
            if figures.calls is not None and (found := self._writes(title)):
                count = sum(figures.calls.get(one, 0) for one in found)
                yield Mark(*place, 1, count, "sent" if node.type == TOPIC else "written")

    def _place(self, name: str) -> tuple[str, Place] | None:
        """Return the title and place of the node of a resource, or None if there is none."""
        title = self._nodes.get(name)
        return (title, self.layout.places[title]) if title else None

    def _writes(self, title: str) -> list[tuple[str, str]]:
        return [
            (self._function_name(edge), operation)
            for edge in self._calls()
            for operation in edge.label
            if edge.target == title and not operation.startswith(("Get", "Head", "Query"))
        ]

    def _calls(self) -> Iterator[Edge]:
        """Yield the edges from a function to what it calls."""
        for edge in self.graph.edges:
            source, target = (self.graph.nodes[title].type for title in (edge.source, edge.target))
            if source == FUNCTION and target in {*STORES, TOPIC}:
                yield edge

    def _function_name(self, edge: Edge) -> str:
        return _name(self.physical_ids[edge.source])

    def targets(self) -> list[Target]:
        """Return what the functions may call, as far as their policies show it."""
        return [
            Target(
                self._function_name(edge),
                NODE_STYLES[self.graph.nodes[edge.target].type].service.lower(),
                operation,
                _name(self.physical_ids[edge.target]),
            )
            for edge in self._calls()
            for action in edge.label
            for operation in IAM_OPERATIONS.get(action, (action,))
        ]


def _name(physical_id: str) -> str:
    """Return the name in a physical ID, which may be an ARN or a URL."""
    return physical_id.rpartition("/")[2].rpartition(":")[2]
