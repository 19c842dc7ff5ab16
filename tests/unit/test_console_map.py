"""The map shows whatever stages a template has, with their figures."""

from console.stack_map import Figures, Mark, StackMap, StageFigures, Target
from diagram.wiring import graph
from tests.docs.pipelines import pipeline


def a_map() -> StackMap:
    found = graph(pipeline())
    return StackMap(found, {title: f"arn:aws:x:{title}-id" for title in found.nodes}, "title")


def a_stage(dead: int = 0, in_flight: int = 0, active: int | None = 2) -> StageFigures:
    return StageFigures("stage", active, active, active, 4, 5, dead, in_flight)


def marks(figures: Figures) -> set[tuple[str, int, int, str, str]]:
    queues = {"Recorder-id": "Dead-id", "Teller-id": "no node has this name"}

    def told(one: Mark) -> tuple[str, int, int, str, str]:
        return one.node, one.side, one.value, one.label, one.tone

    return {told(one) for one in a_map().marks(figures, queues)}


def test_each_node_has_the_figures_that_it_stands_for() -> None:
    stages = {"Recorder-id": a_stage(dead=3, in_flight=1), "Teller-id": a_stage(active=0)}
    calls = {("Recorder-id", "PutItem"): 8, ("Teller-id", "Publish"): 9}
    assert marks(Figures(stages, 7, 2, calls, "now")) == {
        ("Api", -1, 2, "4xx", ""),
        ("Api", 1, 7, "accepted", ""),
        ("Recorder", -1, 6, "active", "busy"),
        ("Recorder", 1, 4, "done", ""),
        ("Dead", 1, 3, "dead", "bad"),
        ("Dead", -1, 1, "in flight", ""),
        ("Teller", -1, 0, "active", ""),
        ("Teller", 1, 4, "done", ""),
        ("Table", 1, 8, "written", ""),
        ("Bucket", 1, 0, "written", ""),
        ("Topic", 1, 9, "sent", ""),
    }


def test_what_is_unknown_has_no_figure() -> None:
    stages = {"Recorder-id": a_stage(active=None), "a function of no node": a_stage()}
    assert marks(Figures(stages, None, None, None, "now")) == {
        ("Recorder", 1, 4, "done", ""),
        ("Dead", 1, 0, "dead", ""),
    }


def test_the_figures_stand_beside_the_glyph_of_their_node() -> None:
    (mark, *_) = a_map().marks(Figures({"Recorder-id": a_stage()}, 1, None, None, "now"), {})
    place = a_map().layout.places["Recorder"]
    assert (mark.x, mark.place) == (place.x - 46, place)


def test_faults_are_offered_for_what_the_policies_allow() -> None:
    assert a_map().targets() == [
        Target("Teller-id", "sns", "Publish", "Topic-id"),
        Target("Recorder-id", "dynamodb", "PutItem", "Table-id"),
        Target("Recorder-id", "s3", "PutObject", "Bucket-id"),
    ]
