"""docs/reliability.md covers every permission and every kind of hostile input."""

from tests.reliability.reliability_doc import section
from tests.security.case_counts import HOSTILE, KINDS, PRIVILEGE, hostile_cases, privilege, proofs


def test_the_document_shows_every_permission_that_was_removed() -> None:
    expected = f"{PRIVILEGE.format(**privilege())}\n{proofs()}".rstrip()
    assert section("Least privilege") == expected


def test_the_document_counts_tens_of_thousands_of_hostile_cases() -> None:
    cases = hostile_cases()
    assert list(cases) == list(KINDS.values())
    assert sum(cases.values()) > 20_000
    assert section("Hostile input").startswith(HOSTILE.format(total=sum(cases.values())))
