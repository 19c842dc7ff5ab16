"""What these tests did, counted test by test, and their sections of docs/reliability.md."""

import os
import re
from collections import Counter

from tests.reliability.reliability_doc import section, write_section
from tests.security.permissions import Grant, grants

NOT_ENFORCED = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
"""The engine makes no traces: tests/template/test_stages.py holds each role to exactly these."""

ENFORCED = [grant for grant in grants() if grant.action not in NOT_ENFORCED]

KINDS = {
    "test_refuses_a_hostile_body": "written bodies that are refused",
    "test_an_odd_body_that_is_accepted_ends_as_it_must": "written bodies that are odd, and right",
    "test_headers_neither_let_in_nor_change_what_happens": "headers",
    "test_there_is_nothing_at_any_other_path": "paths",
    "test_there_is_nothing_for_any_other_method": "methods",
    "test_what_the_document_forbids_is_refused": "requests that the OpenAPI document forbids",
    "test_what_the_document_allows_is_accepted": "requests that the OpenAPI document allows",
    "test_the_gateway_agrees_with_the_model_about_any_body": "random bodies, against the model",
    "test_an_id_that_no_record_can_have_has_none": "ids that no record has",
    "test_an_id_that_the_document_forbids_has_no_record": "ids that the OpenAPI document forbids",
    "test_an_id_that_the_document_allows_is_looked_up": "ids that the OpenAPI document allows",
    "test_a_spoilt_body_is_taken_for_what_it_is": "good bodies with a few bytes spoilt",
    "test_a_good_event_with_one_thing_changed_does_no_harm": "events with one thing changed",
    "test_no_event_at_all_does_harm": "random events for each handler",
}
"""Each test that sends hostile input, and what it sends."""

HOSTILE = """\
{total:,} cases. Every answer of the API was checked whole: the one that the document knows, and
never a 5xx. Whatever was accepted was told. The handlers raised their named errors and no others,
wrote nothing before they raised, and no log line, S3 key, item or message held what it must not.
"""

PRIVILEGE = """\
{granted} actions are granted to the four roles. {proven} of them were taken away one by one while
the rest of the role stayed: each time exactly that action was denied, the pipeline failed for it,
and healed when it was given back. X-Ray's {held}, which the engine does not use, are held by an
exact assertion on the template. No role grants more.
"""

_counts: Counter[str] = Counter()


def count() -> None:
    """Count a case of the test that is running."""
    running = re.search(r"::(\w+)", os.environ["PYTEST_CURRENT_TEST"])
    assert running is not None
    _counts[running[1]] += 1


def taken_away() -> int:
    """Tell how many permissions were proven necessary."""
    return _counts["test_without_this_permission_alone_the_scenario_fails_for_that_reason"]


def write() -> None:
    """Write the sections, if every test that they tell of has run."""
    if taken_away() == len(ENFORCED):
        write_section("Least privilege", PRIVILEGE.format(**privilege()) + "\n" + proofs())
    if KINDS.keys() <= _counts.keys():
        rows = "".join(f"| {text} | {_counts[test]:,} |\n" for test, text in KINDS.items())
        total = sum(_counts[test] for test in KINDS)
        write_section(
            "Hostile input", f"{HOSTILE.format(total=total)}\n| input | cases |\n|---|---:|\n{rows}"
        )


def privilege() -> dict[str, int]:
    """Count the permissions by how they are proven."""
    granted = len(grants())
    return {"granted": granted, "proven": len(ENFORCED), "held": granted - len(ENFORCED)}


def proofs() -> str:
    """Make the table of the permissions that were taken away."""
    return "| role | statement | action |\n|---|---|---|\n" + "".join(map(_row, ENFORCED))


def _row(grant: Grant) -> str:
    return f"| {grant.stage} | {grant.sid} | {grant.action} |\n"


def hostile_cases() -> dict[str, int]:
    """Read the cases of each kind back."""
    rows = re.findall(r"^\| (.+) \| ([\d,]+) \|$", section("Hostile input"), re.MULTILINE)
    return {text: int(number.replace(",", "")) for text, number in rows}
