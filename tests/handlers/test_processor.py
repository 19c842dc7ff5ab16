"""The processor: the audit object is the claim, the item follows it, and what AWS may answer."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from clients import MissingConfiguration
from destination import InvalidRecord
from processor import processor
from tests.handlers.builders import a_log_line, a_validated_record, an_outcome
from tests.handlers.conftest import Log
from tests.handlers.goldens import AUDIT_OBJECT, AUDIT_OBJECT_METADATA, ITEM

FIRST_REQUEST_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"
OBJECT = {
    "Bucket": "audit-logs-dev-000000000000-ap-southeast-1",
    "Key": "transactions/order-1001.json",
}


def handle(event: Any) -> dict[str, Any]:
    return processor.lambda_handler(event, None)


def a_claim(**changes: str) -> dict[str, str]:
    """Return the metadata of an audit object."""
    return AUDIT_OBJECT_METADATA | changes


def an_item(**changes: dict[str, str]) -> dict[str, Any]:
    """Return the parameters of PutItem."""
    return {
        "TableName": "transactions-dev",
        "Item": ITEM | changes,
        "ConditionExpression": "attribute_not_exists(transactionId)",
    }


def the_claim_is_new(s3: Stubber) -> None:
    parameters = {
        **OBJECT,
        "Body": AUDIT_OBJECT,
        "ContentType": "application/json",
        "IfNoneMatch": "*",
        "Metadata": a_claim(),
    }
    s3.add_response("put_object", {}, parameters)


def the_claim_is_taken(s3: Stubber, metadata: dict[str, str]) -> None:
    s3.add_client_error("put_object", "PreconditionFailed", http_status_code=412)
    s3.add_response("head_object", {"Metadata": metadata}, OBJECT)


def the_item_exists(dynamodb: Stubber) -> None:
    dynamodb.add_client_error("put_item", "ConditionalCheckFailedException", http_status_code=400)


def test_claims_with_the_audit_object_and_then_puts_the_item(
    s3: Stubber, dynamodb: Stubber, log: Log
) -> None:
    the_claim_is_new(s3)
    dynamodb.add_response("put_item", {}, an_item())
    assert handle(a_validated_record()) == an_outcome("PROCESSED")
    assert log() == [a_log_line("PROCESSED")]


def test_a_retry_after_a_crash_between_claim_and_item_puts_the_item(
    s3: Stubber, dynamodb: Stubber
) -> None:
    the_claim_is_taken(s3, a_claim())
    dynamodb.add_response("put_item", {}, an_item())
    assert handle(a_validated_record()) == an_outcome("PROCESSED")


def test_a_retry_after_the_item_was_put_succeeds_without_another(
    s3: Stubber, dynamodb: Stubber
) -> None:
    the_claim_is_taken(s3, a_claim())
    the_item_exists(dynamodb)
    assert handle(a_validated_record()) == an_outcome("PROCESSED")


def test_a_duplicate_heals_the_record_of_whoever_claimed_first(
    s3: Stubber, dynamodb: Stubber, log: Log
) -> None:
    claim = {"timestamp": "1767225599000", "request-id": FIRST_REQUEST_ID, "api-key-id": "first"}
    the_claim_is_taken(s3, a_claim(**claim))
    restored = an_item(
        timestamp={"N": "1767225599000"},
        requestId={"S": FIRST_REQUEST_ID},
        apiKeyId={"S": "first"},
    )
    dynamodb.add_response("put_item", {}, restored)
    duplicate = an_outcome("DUPLICATE", timestamp=1_767_225_599_000)
    assert handle(a_validated_record()) == duplicate
    assert log() == [a_log_line("DUPLICATE")]


def test_a_duplicate_of_a_recorded_transaction_changes_nothing(
    s3: Stubber, dynamodb: Stubber
) -> None:
    the_claim_is_taken(s3, a_claim(**{"request-id": FIRST_REQUEST_ID}))
    the_item_exists(dynamodb)
    assert handle(a_validated_record()) == an_outcome("DUPLICATE")


def test_another_transaction_under_a_taken_id_is_a_conflict_and_writes_nothing(
    s3: Stubber, log: Log
) -> None:
    the_claim_is_taken(s3, a_claim(fingerprint="another"))
    assert handle(a_validated_record()) == an_outcome("CONFLICT")
    assert log() == [a_log_line("CONFLICT")]


@pytest.mark.parametrize(
    ("code", "status"),
    [("ConditionalRequestConflict", 409), ("SlowDown", 503), ("AccessDenied", 403)],
)
def test_lets_a_failed_claim_be_retried(code: str, status: int, s3: Stubber, log: Log) -> None:
    s3.add_client_error("put_object", code, http_status_code=status)
    with pytest.raises(ClientError, match=code):
        handle(a_validated_record())
    assert log() == []


def test_lets_a_claim_that_cannot_be_read_be_retried(s3: Stubber) -> None:
    s3.add_client_error("put_object", "PreconditionFailed", http_status_code=412)
    s3.add_client_error("head_object", "404", http_status_code=404)
    with pytest.raises(ClientError, match="404"):
        handle(a_validated_record())


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 400), ("InternalServerError", 500), ("AccessDeniedException", 400)],
)
def test_lets_a_failed_item_be_retried(
    code: str, status: int, s3: Stubber, dynamodb: Stubber, log: Log
) -> None:
    the_claim_is_new(s3)
    dynamodb.add_client_error("put_item", code, http_status_code=status)
    with pytest.raises(ClientError, match=code):
        handle(a_validated_record())
    assert log() == []


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({}, "version: must be 1.0, that of a destination record"),
        (a_validated_record(amount=1), "responsePayload.amount: is missing or malformed"),
    ],
)
def test_refuses_what_holds_no_transaction(event: object, reason: str) -> None:
    with pytest.raises(InvalidRecord, match=f"^{reason}$"):
        handle(event)


@pytest.mark.parametrize("name", ["timestamp", "request-id", "api-key-id", "fingerprint"])
def test_names_what_the_audit_object_lacks_and_writes_nothing(name: str, s3: Stubber) -> None:
    claim = a_claim()
    del claim[name]
    the_claim_is_taken(s3, claim)
    with pytest.raises(processor.InvalidClaim) as caught:
        handle(a_validated_record())
    assert str(caught.value) == f"metadata of the audit object: {name} is missing"


def test_refuses_a_claim_whose_timestamp_is_not_an_integer(s3: Stubber) -> None:
    the_claim_is_taken(s3, a_claim(timestamp="yesterday"))
    with pytest.raises(processor.InvalidClaim) as caught:
        handle(a_validated_record())
    assert str(caught.value) == "metadata of the audit object: timestamp is not an integer"


@pytest.mark.parametrize("name", ["S3_BUCKET", "DYNAMODB_TABLE"])
def test_names_a_missing_environment_variable_before_it_writes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(MissingConfiguration, match=name):
        handle(a_validated_record())
