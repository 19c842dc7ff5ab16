"""The test cases, counted per test, and their sections of docs/reliability.md."""

import os
import re
from collections import Counter

from tests.reliability.reliability_doc import section, write_section
from tests.security.permissions import Grant, grants

NOT_ENFORCED = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
"""Not used by the engine; tests/template/test_stages.py asserts them on each role."""

ENFORCED = [grant for grant in grants() if grant.action not in NOT_ENFORCED]

KINDS = {
    "test_rejects_a_hostile_body": "rejected handwritten bodies",
    "test_an_odd_but_valid_body_has_its_expected_outcome": "odd but valid handwritten bodies",
    "test_headers_have_no_effect": "headers",
    "test_a_chosen_request_id_is_made_well_formed": "request IDs of submissions",
    "test_other_paths_are_not_found": "paths",
    "test_other_methods_are_not_found": "methods",
    "test_what_the_document_forbids_is_rejected": "requests that the OpenAPI document forbids",
    "test_what_the_document_allows_is_accepted": "requests that the OpenAPI document allows",
    "test_the_gateway_agrees_with_the_model_about_any_body": "random bodies, against the model",
    "test_an_id_that_no_item_can_have_is_not_found": "IDs that no record and no outcome has",
    "test_an_id_that_the_document_forbids_is_not_found": "IDs that the OpenAPI document forbids",
    "test_an_id_that_the_document_allows_is_looked_up": "IDs that the OpenAPI document allows",
    "test_a_mutated_body_is_accepted_only_if_it_is_valid": "valid bodies with a few bytes changed",
    "test_a_valid_event_with_one_change_does_no_harm": "valid events with one change",
    "test_arbitrary_events_do_no_harm": "random events for each handler",
}
"""The tests that send hostile input, with a description of the input."""

HOSTILE = """\
{total:,} cases. Every API response was checked in full: it matched the OpenAPI document and was
never a 5xx. Every accepted transaction was published. The handlers raised only their named errors
and wrote nothing before raising. No log line, S3 key, item or message had forbidden content.
"""

PRIVILEGE = """\
The four roles are granted {granted} actions. {proven} of them were removed one by one, while the
rest of the role stayed. Each time, exactly that action was denied, the pipeline failed, and it
recovered once the action was granted again. X-Ray's {held} actions, which the engine does not
use, are asserted on the template. No role grants more.
"""

_counts: Counter[str] = Counter()


def count() -> None:
    """Count a case of the running test."""
    running = re.search(r"::(\w+)", os.environ["PYTEST_CURRENT_TEST"])
    assert running is not None
    _counts[running[1]] += 1


def taken_away() -> int:
    """Return the number of permissions that were proven necessary."""
    return _counts["test_without_this_permission_alone_the_scenario_fails_for_that_reason"]


def write() -> None:
    """Write the sections if all of their tests have run."""
    if taken_away() == len(ENFORCED):
        write_section("Least privilege", PRIVILEGE.format(**privilege()) + "\n" + proofs())
    if KINDS.keys() <= _counts.keys():
        rows = "".join(f"| {text} | {_counts[test]:,} |\n" for test, text in KINDS.items())
        total = sum(_counts[test] for test in KINDS)
        write_section(
            "Hostile input", f"{HOSTILE.format(total=total)}\n| input | cases |\n|---|---:|\n{rows}"
        )


def privilege() -> dict[str, int]:
    """Return the number of permissions by kind of proof."""
    granted = len(grants())
    return {"granted": granted, "proven": len(ENFORCED), "held": granted - len(ENFORCED)}


def proofs() -> str:
    """Return the table of the permissions that were denied."""
    return "| role | statement | action |\n|---|---|---|\n" + "".join(map(_row, ENFORCED))


def _row(grant: Grant) -> str:
    return f"| {grant.stage} | {grant.sid} | {grant.action} |\n"


def hostile_cases() -> dict[str, int]:
    """Return the number of cases of each kind from the document."""
    rows = re.findall(r"^\| (.+) \| ([\d,]+) \|$", section("Hostile input"), re.MULTILINE)
    return {text: int(number.replace(",", "")) for text, number in rows}
