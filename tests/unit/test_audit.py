"""The evidence that an audit gathers, and the file of accepted requests."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody

from contract import PROVENANCE, item, outcome_item
from ops import entries
from ops.audit import Unsettled, gather, report
from ops.foreign import Foreign
from ops.input_files import MalformedFile, read_accepted
from ops.outcomes import Outcome
from ops.reconciliation import Accepted, Entry, Evidence, reconcile
from ops.stack import Stack
from ops.transaction import Content, a_body
from tests.unit.stacks import STAGES, a_stack, stubbing

NOW = 1_767_225_600
EXPIRES_AT = NOW + 86_400
EXPIRES: dict[str, Any] = {"expires_at": EXPIRES_AT}
NOTIFIER = {"FunctionName": "notifier_function_name"}
CONFIGURATION = {"Environment": {"Variables": {"OUTCOME_RETENTION_DAYS": "2"}}}


@pytest.fixture(autouse=True)
def _one_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one object after the other: a Stubber answers in order."""
    monkeypatch.setattr(entries, "READERS", 1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: NOW)


def an_entry(number: int, amount: str = "1.50") -> Entry:
    content = Content.of(a_body(transactionId=f"order-{number}", amount=amount))
    return Entry(content, NOW * 1_000 + number, f"request-{number}", "key")


def an_outcome(
    number: int, status: str, expires_at: int = EXPIRES_AT, **fields: Any
) -> dict[str, Any]:
    names = {"requestId": f"request-{number}", "transactionId": f"order-{number}"}
    return outcome_item({**names, "status": status, **fields}, expires_at)


def an_item(number: int) -> dict[str, Any]:
    entry = an_entry(number, amount="1.5")
    provenance = dict(
        zip(PROVENANCE, (entry.timestamp, entry.request_id, entry.api_key_id), strict=True)
    )
    return item({**entry.content.fields(), **provenance})


def an_object(number: int) -> dict[str, Any]:
    fields = {name: next(iter(value.values())) for name, value in an_item(number).items()}
    content = json.dumps({**fields, "timestamp": NOW * 1_000 + number, "amount": "1.50"}).encode()
    return {"Body": StreamingBody(io.BytesIO(content), len(content))}


def a_version(number: int) -> dict[str, Any]:
    key = f"transactions/order-{number}.json"
    return {"Key": key, "VersionId": "v", "IsLatest": True, "StorageClass": "STANDARD"}


def answer_queues_with(stack: Stack, bodies: dict[str, list[Any]], in_flight: int = 0) -> Any:
    """Stub the responses of the queues, in any order."""
    given = {name: list(messages) for name, messages in bodies.items()}

    def respond(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        queue = parameters.get("QueueName") or parameters["QueueUrl"]
        if operation == "GetQueueUrl":
            return {"QueueUrl": queue}
        if operation == "GetQueueAttributes":
            counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
            return {"Attributes": dict.fromkeys(counts, str(in_flight))}
        if operation == "ReceiveMessage" and given.get(queue):
            body = given[queue].pop()
            return {
                "Messages": [
                    {
                        "MessageId": str(id(body)),
                        "ReceiptHandle": "r",
                        "Body": body if isinstance(body, str) else json.dumps(body),
                    }
                ]
            }
        return {}

    def before_call(model: Any, params: dict[str, Any], **_: object) -> Any:
        return type("Http", (), {"status_code": 200})(), respond(
            model.name, json.loads(params["body"])
        )

    stack.sqs.meta.events.register("before-call.sqs", before_call)


def test_gathers_every_page_of_everything() -> None:
    stack = a_stack()
    answer_queues_with(
        stack,
        {
            "validator_queue_name": [{"requestId": "request-7"}, {"requestId": "request-7"}],
            "processor_queue_name": [{"responsePayload": {"requestId": "request-8"}}],
            "fraud-check_queue_name": [
                {"responsePayload": {"requestId": "request-1", "status": "PROCESSED"}}
            ],
            "notifier_queue_name": [
                {
                    "requestContext": {"condition": "RetriesExhausted"},
                    "requestPayload": {"requestId": "request-9"},
                }
            ],
        },
    )
    with stubbing(stack.dynamodb, stack.s3, stack.functions) as (dynamodb, s3, functions):
        dynamodb.add_response(
            "scan",
            {
                "Items": [an_outcome(1, "PROCESSED"), an_outcome(7, "FAILED")],
                "LastEvaluatedKey": {"requestId": {"S": "request-7"}},
            },
            {"TableName": "outcomes_table_name", "ConsistentRead": True},
        )
        dynamodb.add_response("scan", {"Items": [an_outcome(2, "PROCESSED")]})
        functions.add_response("get_function_configuration", CONFIGURATION, NOTIFIER)
        dynamodb.add_response(
            "scan", {"Items": [an_item(1)], "LastEvaluatedKey": {"transactionId": {"S": "order-1"}}}
        )
        dynamodb.add_response("scan", {"Items": [an_item(2), an_item(3)]})
        s3.add_response(
            "list_object_versions",
            {
                "Versions": [a_version(1), a_version(2)],
                "IsTruncated": True,
                "NextKeyMarker": "k",
                "NextVersionIdMarker": "v",
            },
        )
        s3.add_response(
            "list_object_versions",
            {
                "Versions": [a_version(3)],
                "DeleteMarkers": [
                    {"Key": "transactions/order-3.json", "VersionId": "d", "IsLatest": True}
                ],
            },
        )
        s3.add_response("get_object", an_object(1))
        s3.add_client_error("get_object", "InvalidObjectState", http_status_code=403)
        # One is stored while the evidence is gathered.
        keys = [{"requestId": {"S": "request-3"}}]
        dynamodb.add_response(
            "batch_get_item",
            {"Responses": {"outcomes_table_name": [an_outcome(3, "PROCESSED")]}},
            {"RequestItems": {"outcomes_table_name": {"Keys": keys, "ConsistentRead": True}}},
        )
        evidence = gather(stack)

    assert evidence == Evidence(
        records={f"order-{number}": [an_entry(number)] for number in (1, 2, 3)},
        audits={"order-1": [an_entry(1)]},
        archived={"order-2"},
        outcomes={
            f"request-{number}": Outcome(
                f"request-{number}", "PROCESSED", f"order-{number}", **EXPIRES
            )
            for number in (1, 2, 3)
        }
        | {"request-7": Outcome("request-7", "FAILED", "order-7", **EXPIRES)},
        dead_letters={"request-7": 2, "request-8": 1},
        unnotified={"request-1", "request-9"},
        by_stage={"validator": 2, "processor": 1, "fraud-check": 1, "notifier": 1},
        outcomes_since=EXPIRES_AT * 1_000 - 2 * 86_400_000,
        expired_before=NOW * 1_000 - 2 * 86_400_000,
    )


DAY = 86_400


@pytest.mark.parametrize(
    ("items", "since"),
    [
        ([], NOW),
        ([an_outcome(1, "PROCESSED", NOW + DAY)], NOW - DAY),
        # The first is of a record that is older than the outcomes.
        ([an_outcome(1, "DUPLICATE", NOW + DAY, timestamp=1)], NOW - DAY),
        # The retention was shorter before.
        ([an_outcome(1, "PROCESSED", NOW, timestamp=(NOW - DAY) * 1_000)], NOW - DAY),
        # It has expired, but is not yet deleted.
        ([an_outcome(1, "PROCESSED", NOW - DAY)], NOW - 2 * DAY),
    ],
)
def test_a_record_needs_an_outcome_from_the_oldest_one_on_within_the_retention(
    items: list[dict[str, Any]], since: int
) -> None:
    stack = a_stack()
    answer_queues_with(stack, {})
    with stubbing(stack.dynamodb, stack.s3, stack.functions) as (dynamodb, s3, functions):
        dynamodb.add_response("scan", {"Items": items})
        functions.add_response("get_function_configuration", CONFIGURATION, NOTIFIER)
        dynamodb.add_response("scan", {"Items": []})
        s3.add_response("list_object_versions", {})
        evidence = gather(stack)

    assert evidence.outcomes_since == since * 1_000


def test_gathers_the_transactions_with_a_prefix() -> None:
    stack = a_stack()
    answer_queues_with(stack, {})
    with stubbing(stack.dynamodb, stack.s3, stack.functions) as (dynamodb, s3, functions):
        outcomes = [an_outcome(1, "FAILED"), an_outcome(2, "PROCESSED")]
        dynamodb.add_response("scan", {"Items": outcomes})
        functions.add_response("get_function_configuration", CONFIGURATION, NOTIFIER)
        dynamodb.add_response("scan", {"Items": [an_item(1), an_item(2)]})
        s3.add_response(
            "list_object_versions",
            {},
            {"Bucket": "bucket_name", "Prefix": "transactions/order-2"},
        )
        evidence = gather(stack, "order-2")

    assert evidence == Evidence(
        records={"order-2": [an_entry(2)]},
        audits={},
        archived=set(),
        outcomes={"request-2": Outcome("request-2", "PROCESSED", "order-2", **EXPIRES)},
        by_stage=dict.fromkeys(STAGES, 0),
        outcomes_since=EXPIRES_AT * 1_000 - 2 * 86_400_000,
        expired_before=NOW * 1_000 - 2 * 86_400_000,
    )


def test_does_not_reconcile_while_dead_letters_are_in_flight() -> None:
    stack = a_stack()
    answer_queues_with(stack, {}, in_flight=2)

    with pytest.raises(Unsettled, match=r"^8 dead-letter messages are in flight;"):
        gather(stack)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_reads_an_accepted_amount_as_the_api_reads_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "accepted.jsonl"
    body = a_body(transactionId="order-1", amount=1.5)
    line = json.dumps({"requestId": "r", "transaction": body})
    amounts = {
        "0.1000000000000000055511151231257827021181583404541015625": "0.10",
        "19.989999999999998436805981327779591083526611328125": "19.99",
        "0.070000000000000006661338147750939242541790008544921875": "0.070",
        "999999999999.123": "999999999999.123",
        "1e3": "1000",
        "7": "7",
    }
    written = [line.replace("1.5", amount) for amount in amounts]
    path.write_text("\n\n".join(written) + "\n \n", encoding)

    assert read_accepted(path) == [
        Accepted("r", Content.of(body | {"amount": Decimal(amount)})) for amount in amounts.values()
    ]


def test_reads_when_a_request_was_accepted(tmp_path: Path) -> None:
    path = tmp_path / "accepted.jsonl"
    body = a_body(transactionId="order-1")
    path.write_text(json.dumps({"requestId": "r", "acceptedAt": 1_000, "transaction": body}))

    (accepted,) = read_accepted(path)

    assert accepted.accepted_at == 1_000


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        pytest.param("[" * 100_000, id="deep"),
        '{"requestId": "r", "transaction": {"transactionId": "a"}}',
        json.dumps({"requestId": "r", "acceptedAt": "now", "transaction": a_body()}),
        json.dumps({"requestId": "r", "transaction": a_body(transactionId=["order-1"])}),
    ],
)
def test_says_which_line_is_wrong(tmp_path: Path, line: str) -> None:
    path = tmp_path / "accepted.jsonl"
    path.write_text(f"{line}\n")

    with pytest.raises(MalformedFile, match=f"^{path}: line 1: must be "):
        read_accepted(path)


def test_says_that_a_file_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "accepted.jsonl"

    with pytest.raises(MalformedFile, match=f"^{path}: No such file or directory$"):
        read_accepted(path)

    path.write_bytes(b"{}\xff")

    with pytest.raises(MalformedFile, match=f"^{path}: byte 2 is not UTF-8$"):
        read_accepted(path)


def test_reports_stored_data_and_discrepancies() -> None:
    evidence = Evidence(
        records={"order-1": [an_entry(1)]},
        audits={"order-1": [an_entry(1)], "order-2": [an_entry(2)]},
        dead_letters={"request-3": 1},
        unnotified={"request-1"},
        by_stage={"processor": 1, "notifier": 1},
    )
    lost = Accepted("request-4", an_entry(4).content)

    assert report(reconcile([lost], evidence), evidence) == {
        "reconciled": False,
        "stored": {
            "records": 1,
            "auditObjects": 2,
            "archived": 0,
            "outcomes": 0,
            "deadLetters": 1,
            "unnotified": 1,
        },
        "deadLetters": {"processor": 1, "notifier": 1},
        "requests": {
            "RECORDED": 0,
            "DUPLICATE": 0,
            "CONFLICT": 0,
            "REJECTED": 0,
            "DEAD_LETTERED": 0,
            "UNKNOWN": 0,
            "LOST": 1,
        },
        "discrepancies": {"request-4": "LOST"},
        "inconsistent": {"order-2": "AUDIT_WITHOUT_RECORD"},
        "foreign": {},
    }


def test_names_foreign_data_and_reconciles_the_rest() -> None:
    stack = a_stack()
    answer_queues_with(stack, {"validator_queue_name": ["no JSON"]})
    with stubbing(stack.dynamodb, stack.s3, stack.functions) as (dynamodb, s3, functions):
        unknown = an_outcome(8, "UNHEARD-OF")
        items = [an_outcome(1, "PROCESSED"), {"requestId": {"S": "request-7"}}, unknown]
        dynamodb.add_response("scan", {"Items": items})
        functions.add_response("get_function_configuration", CONFIGURATION, NOTIFIER)
        amountless = {name: value for name, value in an_item(2).items() if name != "amount"}
        dynamodb.add_response("scan", {"Items": [an_item(1), amountless]})
        s3.add_response("list_object_versions", {"Versions": [a_version(1), a_version(3)]})
        objects = [an_object(1), an_object(4)]
        for one in objects:
            s3.add_response("get_object", one)
        evidence = gather(stack)
    found = reconcile([Accepted("request-7", an_entry(7).content)], evidence)

    (dead_letter,) = (one.name for one in evidence.foreign if one.kind == "dead-letter message")
    summary = report(found, evidence)
    assert summary["foreign"] == {
        "outcome request-7": "has no status",
        "outcome request-8": "status 'UNHEARD-OF' is unknown",
        f"record order-2 {NOW * 1_000 + 2}": "has no amount",
        "audit object transactions/order-3.json": "has another transactionId",
        f"dead-letter message {dead_letter}": "is not JSON",
    }
    wrong = dict.fromkeys(("request-7", "request-8"), "WRONG_OUTCOME")
    assert (summary["reconciled"], summary["inconsistent"]) == (False, {})
    assert (summary["discrepancies"], summary["deadLetters"]["validator"]) == (wrong, 1)


def test_foreign_data_alone_are_not_reconciled() -> None:
    foreign = [Foreign("audit object", "transactions/", "has another name")]

    assert not reconcile([], Evidence({}, {}, foreign=foreign)).reconciled


def test_foreign_data_of_other_transactions_are_left_out() -> None:
    stack = a_stack()
    answer_queues_with(stack, {"validator_queue_name": ["no JSON"]})
    with stubbing(stack.dynamodb, stack.s3, stack.functions) as (dynamodb, s3, functions):
        dynamodb.add_response("scan", {"Items": [an_outcome(7, "UNHEARD-OF")]})
        functions.add_response("get_function_configuration", CONFIGURATION, NOTIFIER)
        foreign = [{**an_item(number), "amount": {"S": "much"}} for number in (1, 2)]
        dynamodb.add_response("scan", {"Items": foreign})
        s3.add_response("list_object_versions", {})
        evidence = gather(stack, "order-2")

    assert evidence.foreign == (
        Foreign("record", f"order-2 {NOW * 1_000 + 2}", "amount is not of type N"),
    )
