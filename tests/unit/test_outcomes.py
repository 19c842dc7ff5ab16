"""The outcomes of requests are read from their table, many at once."""

from typing import Any

import pytest

from contract import outcome_item
from ops import outcomes
from ops.outcomes import FOREIGN, Outcome, OutcomePoller, outcomes_of
from tests.unit.stacks import a_stack, stubbing

TABLE = "outcomes_table_name"


def an_item(request_id: str, status: str = "PROCESSED", **fields: Any) -> dict[str, Any]:
    return outcome_item({"requestId": request_id, "status": status, **fields}, 1_000)


def asked(*request_ids: str) -> dict[str, Any]:
    keys = [{"requestId": {"S": request_id}} for request_id in request_ids]
    return {"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": True}}}


def found(*items: dict[str, Any]) -> dict[str, Any]:
    return {"Responses": {TABLE: [*items]}, "UnprocessedKeys": {}}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made = list[float]()
    monkeypatch.setattr("time.sleep", made.append)
    return made


def test_reads_everything_that_an_outcome_says() -> None:
    stack = a_stack()
    failed = {"transactionId": "order-1", "reason": "boom", "function": "processor-dev"}
    with stubbing(stack.dynamodb) as (dynamodb,):
        dynamodb.add_response("batch_get_item", found(an_item("a", "FAILED", **failed)), asked("a"))
        assert outcomes_of(stack, {"a"}) == {
            "a": Outcome("a", "FAILED", "order-1", "boom", "processor-dev", 1_000)
        }


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"status": None}, "has no status"),
        ({"status": {"S": "UNHEARD-OF"}}, "status 'UNHEARD-OF' is unknown"),
        ({"status": {"M": {}}}, "status is not of type S"),
        ({"expiresAt": {"S": "soon"}}, "expiresAt is not of type N"),
        ({"expiresAt": None}, "has no expiresAt"),
    ],
)
def test_an_outcome_that_the_notifier_did_not_write_is_foreign(
    changes: dict[str, Any], problem: str
) -> None:
    stack = a_stack()
    changed = {**an_item("a", transactionId="order-1"), **changes}
    item = {name: value for name, value in changed.items() if value is not None}
    with stubbing(stack.dynamodb) as (dynamodb,):
        dynamodb.add_response("batch_get_item", found(item), asked("a"))
        assert outcomes_of(stack, {"a"}) == {"a": Outcome("a", FOREIGN, "order-1", problem)}


def test_asks_again_for_what_a_throttled_table_left_out(pauses: list[float]) -> None:
    stack = a_stack()
    with stubbing(stack.dynamodb) as (dynamodb,):
        left_out = {"UnprocessedKeys": asked("b")["RequestItems"]}
        dynamodb.add_response(
            "batch_get_item", {**found(an_item("a")), **left_out}, asked("a", "b")
        )
        dynamodb.add_response("batch_get_item", found(an_item("b")), asked("b"))
        assert outcomes_of(stack, {"b", "a"}).keys() == {"a", "b"}
    assert pauses == [outcomes.SHORTEST_PAUSE]


def test_reads_a_hundred_at_once_and_no_id_that_cannot_have_an_outcome() -> None:
    stack = a_stack()
    names = [f"request-{number:03}" for number in range(150)]
    with stubbing(stack.dynamodb) as (dynamodb,):
        dynamodb.add_response("batch_get_item", found(an_item(names[7])), asked(*names[:100]))
        dynamodb.add_response("batch_get_item", found(), asked(*names[100:]))
        assert outcomes_of(stack, [*names, "", "a b", "a" * 65]).keys() == {names[7]}


def test_polls_what_is_missing_and_pauses_longer_while_nothing_comes(pauses: list[float]) -> None:
    stack = a_stack()
    poller = OutcomePoller(stack)
    with stubbing(stack.dynamodb) as (dynamodb,):
        for _ in range(5):
            dynamodb.add_response("batch_get_item", found(), asked("a", "b"))
            poller.poll({"a", "b"})
        dynamodb.add_response("batch_get_item", found(an_item("a")), asked("a", "b"))
        poller.poll({"a", "b"})
        dynamodb.add_response("batch_get_item", found(an_item("b")), asked("b"))
        poller.poll({"a", "b"})
        poller.poll({"a", "b"})
    assert pauses == [0.2, 0.4, 0.8, 1.0, 1.0, 0.1, 0.1, 0.1]
    assert poller.seen.keys() == poller.read_at.keys() == {"a", "b"}
