"""The engine renders the mapping templates as Apache Velocity and Jayway JsonPath do."""

import re
from collections.abc import Sequence

import pytest

from local.launch import ROOT
from tests.velocity.cases import ADMITTED, FORBIDDEN, POST, WRITTEN, is_admitted, random_cases
from tests.velocity.rendering import TEMPLATES, Case, by_engine, by_velocity, missing

RANDOM = list(random_cases(5_000, seed=1))

pytestmark = pytest.mark.skipif(
    bool(missing()), reason=f"Apache Velocity needs {', '.join(missing())}; see docs/local.md"
)


@pytest.fixture(scope="module")
def differing() -> list[Case]:
    """Return the cases that the two render otherwise; one process each renders all."""
    cases = [*WRITTEN, *RANDOM, *FORBIDDEN]
    pairs = zip(cases, by_velocity(cases), by_engine(cases), strict=True)
    return [case for case, velocity, engine in pairs if velocity != engine]


def among(cases: Sequence[Case], differing: list[Case]) -> list[Case]:
    return [case for case in cases if case in differing]


def test_they_agree_on_every_written_input_that_reaches_a_template(differing: list[Case]) -> None:
    assert len(WRITTEN) >= 100
    assert {case.template for case in WRITTEN} == TEMPLATES.keys()
    assert all(map(is_admitted, ADMITTED))
    assert among(WRITTEN, differing) == []


def test_they_agree_on_every_random_input_that_reaches_a_template(differing: list[Case]) -> None:
    assert all(is_admitted(case.body) for case in RANDOM if case.template == POST)
    assert among(RANDOM, differing) == []


def test_where_they_disagree_the_request_validator_rejects_the_body_and_the_docs_list_it(
    differing: list[Case],
) -> None:
    text = (ROOT / "docs/local.md").read_text(encoding="utf-8")
    _, _, section = text.partition("## Mapping templates\n")
    rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| ")]
    listed = [code for row in rows for code in re.findall("`(.+?)`", row)]
    bodies = [case.body for case in among(FORBIDDEN, differing)]
    assert not any(map(is_admitted, bodies))
    assert sorted(listed) == sorted(map(shown, bodies))


def shown(body: str) -> str:
    """Return a body on one line of visible characters."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in body) or '""'
