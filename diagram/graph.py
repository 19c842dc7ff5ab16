"""The graph of the pipeline: who hands what to whom."""

from dataclasses import dataclass
from enum import StrEnum


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
