"""The diagram of the template: read, laid out and drawn."""

import re
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest

from diagram.layout import HEIGHT, WIDTH, layout
from diagram.mermaid import flowchart
from diagram.routes import LINE, route
from diagram.svg import picture
from diagram.template_reader import Json
from diagram.wiring import Edge, Graph, Kind, Node, graph
from tests.docs.pipelines import pipeline, the_template

SVG = "{http://www.w3.org/2000/svg}"

FLOWCHART = """\
flowchart LR
    Client(["HTTPS<br>client"])
    AllAlarms["CloudWatch<br>3 alarms"]
    Api["API Gateway<br>Api"]
    Alarms(["SNS<br>alarms"])
    Recorder["Lambda<br>recorder"]
    Table[("DynamoDB<br>things")]
    Bucket[("S3<br>audit")]
    Dead[/"SQS<br>dead"/]
    Teller["Lambda<br>teller"]
    Topic(["SNS<br>events"])
    EmailTo(["Subscriber<br>email"])
    Client -- "x-api-key" --> Api
    AllAlarms --> Alarms
    Api -- "POST /things<br>asynchronous<br>PUT /things<br>synchronous" --> Recorder
    Api -- "GET /things/{id}<br>Query" --> Table
    Alarms --> EmailTo
    Recorder -- "OnSuccess" --> Teller
    Recorder -. "OnFailure" .-> Teller
    Recorder -.-> Dead
    Recorder -- "PutItem" --> Table
    Recorder -- "PutObject" --> Bucket
    Teller -- "Publish" --> Topic
    Topic -- "FAILED<br>LATE" --> EmailTo"""


def always_deployed() -> Json:
    """Return our template without the resources that have a condition."""
    template = the_template()
    resources = template["Resources"].items()
    return {
        **template,
        "Resources": {name: one for name, one in resources if "Condition" not in one},
    }


GRAPHS = [graph(pipeline()), graph(the_template()), graph(always_deployed())]
GRAPH_NAMES = ["small", "ours", "ours in dev"]


def test_a_flowchart_shows_who_sends_what_to_whom() -> None:
    assert flowchart(graph(pipeline())) == FLOWCHART


def test_our_flowchart_uses_only_the_simplest_syntax() -> None:
    """`mermaid.parse` of Mermaid 11, which is not installed here, accepts this syntax."""
    node = r"\w+(\(\[|\[\(|\[/|\[)\"[^\"\[\](){}|]+\"(\]\)|\)\]|/\]|\])"
    label = r"\"[^\"|]+\""
    arrow = rf"(-->|-\.->|-- {label} -->|-\. {label} \.->)"
    first, *lines = flowchart(GRAPHS[1]).splitlines()
    assert first == "flowchart LR"
    for line in lines:
        assert re.fullmatch(rf"    ({node}|\w+ {arrow} \w+)", line), line


def test_the_graph_holds_every_function_store_topic_and_queue() -> None:
    template, shown = the_template(), GRAPHS[1].nodes
    kinds = {
        "AWS::Serverless::Function",
        "AWS::Serverless::Api",
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
    }
    designed = {title for title, found in template["Resources"].items() if found["Type"] in kinds}
    assert designed == shown.keys() - {"Client", "AllAlarms", "EmailAlertEmail"}


def test_the_graph_contains_the_path_of_a_transaction() -> None:
    succeeding = [
        (edge.source, edge.target)
        for edge in GRAPHS[1].edges
        if edge.label in {("OnSuccess",), ("Publish",)}
    ]
    assert sorted(succeeding) == [
        ("NotifierFunction", "TransactionTopic"),
        ("ProcessorFunction", "NotifierFunction"),
        ("ValidatorFunction", "ProcessorFunction"),
    ]
    failing = {(edge.source, edge.target) for edge in GRAPHS[1].edges if edge.kind is Kind.FAILURE}
    assert failing == {
        ("ProcessorFunction", "NotifierFunction"),
        ("ValidatorFunction", "NotifierFunction"),
        *(
            (f"{name}Function", f"{name}DeadLetterQueue")
            for name in ("Notifier", "Processor", "Validator")
        ),
    }
    assert (
        Edge(
            "TransactionApi", "ValidatorFunction", Kind.FLOW, ("POST /transaction", "asynchronous")
        )
        in GRAPHS[1].edges
    )


def test_a_pipeline_without_alarms_has_no_node_for_them() -> None:
    template = pipeline()
    for title in ("Late", "Lost", "Quiet"):
        del template["Resources"][title]
    assert "AllAlarms" not in graph(template).nodes


def test_alarms_without_a_topic_of_the_template_have_no_arrow() -> None:
    template = pipeline()
    for title in ("Late", "Lost"):
        template["Resources"][title]["Properties"]["AlarmActions"] = [{"Ref": "Teller"}]
    assert [edge for edge in graph(template).edges if edge.source == "AllAlarms"] == []


@pytest.mark.parametrize("shown", GRAPHS, ids=GRAPH_NAMES)
def test_no_two_nodes_overlap(shown: Graph) -> None:
    found = layout(shown)
    for one, other in combinations(found.places.values(), 2):
        assert abs(one.x - other.x) > WIDTH or abs(one.y - other.y) > HEIGHT
    for place in found.places.values():
        assert 0 < place.left < place.right < found.width
        assert 0 < place.top < place.bottom < found.height


@pytest.mark.parametrize("shown", GRAPHS, ids=GRAPH_NAMES)
def test_no_label_lies_on_a_node(shown: Graph) -> None:
    found = layout(shown)
    for edge in shown.edges:
        way = route(edge, found)
        x, y = way.label
        for number, line in enumerate(edge.label):
            wide = len(line) * 6
            left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[way.anchor] * wide
            level = y + number * LINE
            assert not [
                title
                for title, place in found.places.items()
                if left < place.right and left + wide > place.left
                if level - 10 < place.bottom and level > place.top
            ], f"{edge}: {line}"


@pytest.mark.parametrize("shown", GRAPHS, ids=GRAPH_NAMES)
def test_no_two_arrows_to_different_nodes_share_a_line(shown: Graph) -> None:
    found = layout(shown)
    lines = [
        (edge.target, y, min(x, next_x), max(x, next_x))
        for edge in shown.edges
        for (x, y), (next_x, next_y) in pairwise(route(edge, found).points)
        if y == next_y
    ]
    for (target, y, left, right), (other, level, start, end) in combinations(lines, 2):
        assert target == other or y != level or right <= start or end <= left


@pytest.mark.parametrize("shown", GRAPHS, ids=GRAPH_NAMES)
def test_no_arrow_runs_behind_a_node(shown: Graph) -> None:
    found = layout(shown)
    for edge in shown.edges:
        for (x, y), (next_x, next_y) in pairwise(route(edge, found).points):
            assert not [
                title
                for title, place in found.places.items()
                if title not in {edge.source, edge.target}
                if max(x, next_x) > place.left and min(x, next_x) < place.right
                if max(y, next_y) > place.top and min(y, next_y) < place.bottom
            ], edge


@pytest.mark.parametrize("shown", GRAPHS, ids=GRAPH_NAMES)
def test_every_arrow_is_level_or_upright_and_ends_at_its_nodes(shown: Graph) -> None:
    found = layout(shown)
    for edge in shown.edges:
        points = route(edge, found).points
        for (x, y), (next_x, next_y) in pairwise(points):
            assert x == next_x or y == next_y
        for title, (x, y) in ((edge.source, points[0]), (edge.target, points[-1])):
            place = found.places[title]
            assert x in {place.left, place.right} or y in {place.top, place.bottom}


def test_the_picture_shows_every_node_label_and_arrow() -> None:
    shown = GRAPHS[0]
    drawn = ET.fromstring(picture(shown, "Things"))
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    names = [node.name for node in shown.nodes.values()]
    lines = [line for edge in shown.edges for line in edge.label]
    assert sorted(set(names + lines) - set(texts)) == []
    arrows = [path.get("class") for path in drawn.iter(f"{SVG}path")]
    for kind in Kind:
        wanted = 1 + len([edge for edge in shown.edges if edge.kind is kind])
        assert arrows.count(f"edge {kind}") == wanted, f"{kind}, and one in the legend"
    assert [title.text for title in drawn.iter(f"{SVG}title")] == ["Things"]


def test_the_picture_has_colors_for_light_pages_and_for_dark_ones() -> None:
    light, dark = picture(GRAPHS[0], "Things").split("@media (prefers-color-scheme: dark)")
    for name in ("paper", "box", "service", "name", "label", "flow", "data", "failure"):
        assert f".{name} {{" in light
        assert f".{name} {{" in dark


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert picture(GRAPHS[0], "Things") == picture(graph(pipeline()), "Things")


def test_a_name_that_is_not_made_of_parts_is_shown_as_it_is() -> None:
    assert GRAPHS[0].nodes["Dead"] == Node("Dead", "AWS::SQS::Queue", "dead")
