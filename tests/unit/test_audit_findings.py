"""An audit that reads hardly an object finds what one that reads each object finds."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import audit_object_by_object
import pytest

from benchmarks.audited import Account, Stored, Version, as_written, fields_of
from contract import canonical_json, item, outcome_item
from ops import audit_body, pages
from ops.audit import Unsettled, audit
from ops.audit_body import proof
from ops.foreign import problems
from ops.reconciliation import Accepted, Reconciliation
from ops.stack import Stack
from ops.transaction import Content

LATER = 4_000_000_000
NOW = 1_767_225_700
COUNT = 60
QUOTES = 'web","timestamp":1767225600001,"transactionId":"order-000000001"}'


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read several pages of each list, at a moment when no outcome has expired."""
    monkeypatch.setattr("ops.audit.PAUSE_SECONDS", 0)
    monkeypatch.setattr("benchmarks.audited.ITEMS_PER_PAGE", 7)
    monkeypatch.setattr("benchmarks.audited.VERSIONS_PER_PAGE", 11)
    monkeypatch.setattr("time.time", lambda: NOW)
    monkeypatch.setattr(audit_object_by_object, "time", lambda: NOW)


def changed(number: int, **fields: str) -> dict[str, Any]:
    (record,) = as_written(number).records
    return record | {name: {next(iter(record[name])): value} for name, value in fields.items()}


def an_outcome(
    number: int, status: str, request: str = "", expires_at: int = LATER, **more: Any
) -> dict[str, Any]:
    fields = {**fields_of(number), **more, "status": status}
    return outcome_item(fields | ({"requestId": request} if request else {}), expires_at)


def with_claim_alone(number: int, storage_class: str = "STANDARD") -> Stored:
    (version,) = as_written(number).versions
    return Stored(versions=[replace(version, storage_class=storage_class)])


def event(number: int, **more: str) -> dict[str, Any]:
    return {"requestPayload": fields_of(number), "responsePayload": {**fields_of(number), **more}}


def accepted(number: int, request: str = "", **fields: Any) -> Accepted:
    own = fields_of(number)
    return Accepted(request or own["requestId"], Content.of({**own, **fields}), 1)


def body_of(number: int) -> bytes:
    return canonical_json(fields_of(number))


def request(number: int) -> str:
    return str(fields_of(number)["requestId"])


type Change = Callable[[Stored, int], Stored]
FAULTS: dict[int, Change] = {
    1: lambda own, _: replace(own, records=[]),
    2: lambda own, _: replace(own, versions=[]),
    3: lambda own, n: replace(own, records=[changed(n, amount="7")]),
    4: lambda own, n: replace(own, records=[changed(n, source=QUOTES)]),
    5: lambda own, n: replace(own, records=[*own.records, changed(n, timestamp="1")]),
    6: lambda own, _: replace(own, versions=[*own.versions, *own.versions]),
    7: lambda own, _: replace(own, versions=[Version(None), *own.versions]),
    8: lambda own, _: replace(own, outcomes=[]),
    9: lambda own, n: replace(own, outcomes=[an_outcome(n, "FAILED")]),
    10: lambda _, n: Stored(outcomes=[an_outcome(n, "DUPLICATE")]),
    11: lambda own, n: replace(own, outcomes=[an_outcome(n, "UNHEARD-OF")]),
    12: lambda own, n: replace(own, records=[changed(n, requestId="7f3b9a52-other")]),
    13: lambda own, n: replace(own, records=[changed(n, timestamp="1767225600099")]),
    14: lambda own, _: replace(own, versions=[Version(b"{}")]),
    15: lambda own, n: replace(own, versions=[Version(body_of(n + 1))]),
    16: lambda own, n: replace(own, records=[changed(n, currency="EUR")]),
    # A multiple of three: its currency has two decimals.
    18: lambda own, n: replace(own, records=[changed(n, amount="1.1849999999999")]),
    19: lambda _, n: with_claim_alone(n),
    20: lambda own, n: replace(own, records=[{**changed(n), "amount": {"S": "much"}}]),
}
EXPECTED = {
    1: "AUDIT_WITHOUT_RECORD",
    2: "RECORD_WITHOUT_AUDIT",
    3: "AMOUNT_DIFFERS",
    4: "CONTENT_DIFFERS",
    5: "MULTIPLE_COPIES",
    6: "MULTIPLE_COPIES",
    7: "RECORD_WITHOUT_AUDIT",
    8: "RECORD_WITHOUT_OUTCOME",
    12: "CONTENT_DIFFERS",
    13: "CONTENT_DIFFERS",
    14: "RECORD_WITHOUT_AUDIT",
    15: "RECORD_WITHOUT_AUDIT",
    16: "CONTENT_DIFFERS",
    18: "AMOUNT_DIFFERS",
    19: "AUDIT_WITHOUT_RECORD",
    20: "AUDIT_WITHOUT_RECORD",
}
UNSUPPORTED = {
    1: "OUTCOME_WITHOUT_RECORD",
    9: "OUTCOME_WITHOUT_DEAD_LETTER",
    10: "OUTCOME_WITHOUT_RECORD",
    11: "WRONG_OUTCOME",
    12: "OUTCOME_WITHOUT_RECORD",
    20: "OUTCOME_WITHOUT_RECORD",
}
NAMED = {
    "outcome 7f3b9a52-6c1e-4d8f-9a27-000000000011": "status 'UNHEARD-OF' is unknown",
    "audit object transactions/order-000000014.json": "has no transactionId",
    "audit object transactions/order-000000015.json": "has another transactionId",
    "audit object transactions/order-notes.txt": "has another name",
    "record order-000000020 1767225600020": "amount is not of type N",
    "dead-letter message notifier_queue-0": "is not JSON",
}
# Consistent, though their bytes or requests differ from the others'.
HARMLESS: dict[int, Change] = {
    30: lambda own, n: replace(own, versions=[Version(json.dumps(fields_of(n)).encode())]),
    31: lambda own, n: replace(
        own, outcomes=[*own.outcomes, an_outcome(n, "DUPLICATE", f"again-{n:09}")]
    ),
    32: lambda own, n: replace(
        own, outcomes=[*own.outcomes, an_outcome(n, "CONFLICT", f"other-{n:09}")]
    ),
    33: lambda _, n: Stored(outcomes=[an_outcome(n, "REJECTED")]),
    34: lambda _, n: replace(with_claim_alone(n), outcomes=[an_outcome(n, "FAILED")]),
    35: lambda own, _: replace(own, outcomes=[]),
    36: lambda _, n: Stored(outcomes=[an_outcome(n, "FAILED")]),
}
AGAIN, OTHER = "again-000000031", "other-000000032"
DEAD_LETTERS: dict[str, list[Any]] = {
    "processor_queue": [event(34), event(36)],
    "notifier_queue": ["no object", event(35, status="PROCESSED")],
}


@pytest.fixture(scope="module")
def account() -> Account:
    """Return the account behind all tests: clients take long to create."""
    return Account(COUNT)


@pytest.fixture(scope="module")
def stack(account: Account) -> Stack:
    return account.stack()


def hold(account: Account, changes: dict[int, Change]) -> None:
    """Store transactions as written but for the changes, strays and dead-letter messages."""
    account.changes = {
        number: change(as_written(number), number) for number, change in changes.items()
    }
    account.strays = {"transactions/order-notes.txt": Version(b"to do")}
    account.dead_letters = {name: [*events] for name, events in DEAD_LETTERS.items()}
    account.calls.clear()


def names(found: dict[int, str]) -> dict[str, str]:
    return {f"order-{number:09}": finding for number, finding in found.items()}


def verdict(found: Reconciliation) -> dict[str, Any]:
    return {
        "counts": found.counts(),
        "inconsistent": found.inconsistent,
        "discrepancies": found.discrepancies,
        "foreign": problems(found.foreign),
    }


def test_finds_every_planted_fault_and_reads_only_what_differs(
    account: Account, stack: Stack
) -> None:
    hold(account, FAULTS | HARMLESS)

    found = audit(stack).found

    assert found.inconsistent == names(EXPECTED)
    assert found.discrepancies == {request(n): finding for n, finding in UNSUPPORTED.items()}
    assert problems(found.foreign) == NAMED
    # Each that differs is looked at, and once more after a pause.
    assert account.calls["GetObject"] <= 2 * len(FAULTS | HARMLESS)


def test_reads_no_object_where_all_is_well(account: Account, stack: Stack) -> None:
    hold(account, {n: HARMLESS[n] for n in (31, 32, 33, 35, 36)})
    account.strays, account.dead_letters["notifier_queue"] = {}, [event(35, status="PROCESSED")]

    found = audit(stack)

    assert (found.found.reconciled, found.evidence.records) == (True, {})
    assert account.calls.keys().isdisjoint({"GetObject", "HeadObject", "Query", "BatchGetItem"})


def test_finds_what_an_audit_that_reads_each_object_finds(account: Account, stack: Stack) -> None:
    hold(account, FAULTS | HARMLESS)
    requests = [accepted(number) for number in range(COUNT)]
    requests += [accepted(31, AGAIN), accepted(32, OTHER, source="shop"), accepted(31, "lost")]
    requests += [accepted(32, "early", source="shop"), accepted(40, request(31))]

    ours = audit(stack, accepted=requests).found
    theirs = audit_object_by_object.audit(stack, requests)

    assert verdict(ours) == verdict(theirs)


@pytest.mark.parametrize("seed", range(8))
def test_finds_the_same_in_random_data(account: Account, stack: Stack, seed: int) -> None:
    chosen = random.Random(seed)

    def stored(number: int) -> Stored:
        other = fields_of(number + 1) | {"transactionId": fields_of(number)["transactionId"]}
        variants = [as_written(number).records[0], item(other), changed(number, amount="3.5")]
        outcomes = [
            an_outcome(
                number, chosen.choice(["PROCESSED", "DUPLICATE", "CONFLICT", "FAILED"]), name
            )
            for name in chosen.sample(["", "one", "two"], chosen.choice([0, 1, 1, 2]))
        ]
        return Stored(
            chosen.sample(variants, chosen.choice([0, 1, 1, 1, 2])),
            [Version(chosen.choice([body_of(number), canonical_json(other)]))]
            * chosen.choice([0, 1, 1, 1, 2]),
            [replace_request(outcome, number) for outcome in outcomes],
        )

    account.changes = {number: stored(number) for number in chosen.sample(range(COUNT), COUNT // 2)}
    account.strays = {}
    account.dead_letters = {
        f"{stage}_queue": [event(chosen.randrange(COUNT)) for _ in range(4)]
        for stage in ("validator", "processor", "notifier")
    }
    requests = [
        accepted(number, source=chosen.choice(["web", "web", "shop"])) for number in range(COUNT)
    ]
    requests += [
        accepted(number, f"{name}-{number:09}")
        for number in account.changes
        for name in ("one", "x")
    ]

    ours = audit(stack, accepted=requests).found
    theirs = audit_object_by_object.audit(stack, requests)

    assert verdict(ours) == verdict(theirs)


def replace_request(outcome: dict[str, Any], number: int) -> dict[str, Any]:
    name = outcome["requestId"]["S"]
    return outcome | {"requestId": {"S": name if "7f3b" in name else f"{name}-{number:09}"}}


def test_proves_an_archived_object_without_a_restore(account: Account, stack: Stack) -> None:
    def archived(own: Stored, _: int) -> Stored:
        versions = [replace(one, storage_class="GLACIER") for one in own.versions]
        return replace(own, versions=versions)

    hold(
        account,
        {
            3: archived,
            4: lambda own, n: archived(replace(own, records=[changed(n, amount="7")]), n),
            # Proven too where something else is missing, and must be looked at.
            5: lambda own, n: archived(replace(own, outcomes=[]), n),
            # The owners of these claims have a dead-letter message, and none.
            34: lambda _, n: with_claim_alone(n, "GLACIER"),
            37: lambda _, n: with_claim_alone(n, "DEEP_ARCHIVE"),
        },
    )
    account.strays, account.dead_letters["notifier_queue"] = {}, []

    found = audit(stack)

    assert found.found.inconsistent == names(
        {4: "CONTENT_DIFFERS", 5: "RECORD_WITHOUT_OUTCOME", 37: "AUDIT_WITHOUT_RECORD"}
    )
    assert found.found.discrepancies == {}
    assert found.evidence.owners == {"order-000000037": request(37)} | {
        "order-000000004": request(4)
    }


def test_tries_each_form_that_a_body_has_had(
    account: Account, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def indented(fields: dict[str, Any]) -> bytes:
        return json.dumps(fields, indent=1).encode()

    monkeypatch.setattr(audit_body, "FORMS", (canonical_json, indented))
    old = [Version(indented(fields_of(30)))]
    hold(account, {30: lambda own, _: replace(own, versions=old)})
    account.strays, account.dead_letters = {}, {}

    assert audit(stack).found.reconciled
    assert account.calls["GetObject"] == 0


@pytest.mark.parametrize("first", range(0, 36, 3))
def test_a_stack_that_changes_meanwhile_gives_no_false_finding(
    account: Account, stack: Stack, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction is stored, and another one redriven, from the given call on."""
    monkeypatch.setattr(pages, "SEGMENTS", 1)
    waiting = Stored(outcomes=[an_outcome(36, "FAILED")])
    claimed = with_claim_alone(35)
    account.changes, account.strays = {35: Stored(), 36: waiting}, {}
    account.dead_letters = {"processor_queue": [event(36)]}
    steps: list[dict[int, Stored]] = [
        {35: claimed, 36: replace(with_claim_alone(36), outcomes=waiting.outcomes)},
        {
            35: replace(as_written(35), outcomes=[]),
            36: replace(as_written(36), outcomes=waiting.outcomes),
        },
        {35: as_written(35), 36: as_written(36)},
    ]
    calls = iter(range(10_000))

    def on_call(_: str) -> None:
        done = next(calls) - first
        if 0 <= done < len(steps):
            account.changes = steps[done]
            account.dead_letters = {}

    account.on_call = on_call
    try:
        found = audit(stack, accepted=[accepted(35), accepted(36)]).found
    finally:
        account.on_call = lambda _: None

    assert verdict(found) | {"counts": None} == {
        "counts": None,
        "inconsistent": {},
        "discrepancies": {},
        "foreign": {},
    }


DAY = 86_400


@pytest.mark.parametrize(
    ("items", "since"),
    [
        ([], NOW),
        ([an_outcome(0, "PROCESSED", timestamp=0, expires_at=NOW + 29 * DAY)], NOW - DAY),
        # The first is of a record that is older than the outcomes.
        ([an_outcome(0, "DUPLICATE", timestamp=1, expires_at=NOW + 29 * DAY)], NOW - DAY),
        # The retention was shorter before.
        (
            [an_outcome(0, "PROCESSED", timestamp=(NOW - DAY) * 1_000, expires_at=NOW + 9 * DAY)],
            NOW - DAY,
        ),
        # It has expired, but is not yet deleted.
        ([an_outcome(0, "PROCESSED", timestamp=1, expires_at=NOW - DAY)], NOW - 30 * DAY),
    ],
)
def test_a_record_needs_an_outcome_from_the_oldest_one_on_within_the_retention(
    account: Account, stack: Stack, items: list[dict[str, Any]], since: int
) -> None:
    hold(account, dict.fromkeys(range(COUNT), lambda _, n: Stored(outcomes=[] if n else items)))

    evidence = audit(stack).evidence

    assert (evidence.outcomes_since, evidence.expired_before) == (
        since * 1_000,
        (NOW - 30 * DAY) * 1_000,
    )


def test_audits_the_transactions_with_a_prefix(account: Account, stack: Stack) -> None:
    hold(account, FAULTS | HARMLESS)

    found = audit(stack, "order-00000000", [accepted(1), accepted(40)])

    report = verdict(found.found)
    assert found.stored == {"records": 10, "auditObjects": 9, "outcomes": 9}
    assert report["inconsistent"] == names({n: name for n, name in EXPECTED.items() if n < 10})
    assert report["discrepancies"] == {
        request(1): "AUDIT_WITHOUT_RECORD",
        request(9): "OUTCOME_WITHOUT_DEAD_LETTER",
    }
    assert (report["counts"]["RECORDED"], report["foreign"]) == (1, {})


def test_does_not_reconcile_while_dead_letters_are_in_flight(
    account: Account, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "in_flight", 2)

    with pytest.raises(Unsettled, match=r"^6 dead-letter messages are in flight;"):
        audit(stack)


def test_the_etag_of_a_multipart_upload_proves_nothing() -> None:
    assert proof('"d41d8cd98f00b204e9800998ecf8427e-2"', 5) is None


def test_an_outcome_without_its_transaction_is_unsupported(account: Account, stack: Stack) -> None:
    (own,) = as_written(1).outcomes
    nameless = {name: value for name, value in own.items() if name != "transactionId"}
    hold(account, {1: lambda own, _: replace(own, outcomes=[nameless])})
    account.strays, account.dead_letters = {}, {}

    assert audit(stack).found.discrepancies == {request(1): "OUTCOME_WITHOUT_RECORD"}


def test_shows_how_much_is_read_of_how_much(account: Account, stack: Stack) -> None:
    hold(account, {})
    shown: list[tuple[int, int]] = []

    audit(stack, show=lambda read, expected: shown.append((read, expected)))

    assert shown == sorted(shown)
    assert (shown[0][1], shown[-1]) == (3 * COUNT, (3 * COUNT + 1, 3 * COUNT + 1))
