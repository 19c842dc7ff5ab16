"""The drawing of a load, and its page."""

import xml.etree.ElementTree as ET

from ops import load_report
from ops.load_result import LoadResult
from ops.reconciliation import Reconciliation
from ops.submission import NO_RESPONSE
from tests.unit.stacks import STAGES
from tests.unit.test_load import a_load, a_sent


def test_the_same_load_is_drawn_with_the_same_bytes() -> None:
    drawing = load_report.svg(a_load())
    assert load_report.svg(a_load()) == drawing
    assert load_report.svg(a_load(a_sent(4))) != drawing
    texts = {element.text for element in ET.fromstring(drawing).iter() if element.text}
    assert {
        "accepted, not notified",
        "validator to processor",
        "Every accepted request is reconciled.",
    } <= texts


def test_the_page_holds_the_drawing_and_nothing_from_elsewhere() -> None:
    page = load_report.html(a_load())
    assert page.count("<svg") == 1
    assert page.count("Every accepted request is reconciled.") == 1
    assert "<td>validator to processor</td><td>4</td><td>30.0</td>" in page
    assert "<tr><td>RECORDED</td><td>4</td></tr>" in page
    assert "<script" not in page
    assert 'src="' not in page


def test_a_load_without_responses_is_drawn_too() -> None:
    nothing = LoadResult(
        "https://api",
        4.0,
        STAGES,
        [a_sent(http_status=NO_RESPONSE)],
        Reconciliation({}, {}),
    )
    assert "Not accepted: no answer (1)." in load_report.html(nothing)
