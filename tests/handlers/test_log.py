"""No handler logs what looks like a card number."""

import pytest
from botocore.stub import Stubber

from notifier import notifier
from ops.transaction import a_body
from processor import processor
from tests.handlers.builders import a_gateway_event, a_processed_record, a_validated_record
from tests.handlers.conftest import Log
from validator import validator


@pytest.mark.parametrize("stage", ["validator", "processor", "notifier"])
@pytest.mark.parametrize(
    ("identifier", "logged"),
    [
        ("4111111111111111", "(card-like)"),
        ("card-4111-1111-1111-1111-again", "card-(card-like)-again"),
        ("41111111-1111-4111-8111-111111111111", "41111111-1111-4111-8111-111111111111"),
    ],
)
def test_logs_no_id_that_looks_like_a_card_and_is_no_uuid(
    stage: str,
    identifier: str,
    logged: str,
    s3: Stubber,
    dynamodb: Stubber,
    outcomes: Stubber,
    sns: Stubber,
    log: Log,
) -> None:
    ids = {"transactionId": identifier, "requestId": identifier}
    match stage:
        case "validator":
            event = a_gateway_event(a_body(transactionId=identifier), requestId=identifier)
            returned = validator.lambda_handler(event, None)
        case "processor":
            s3.add_response("put_object", {})
            dynamodb.add_response("put_item", {})
            returned = processor.lambda_handler(a_validated_record(**ids), None)
        case _:
            outcomes.add_response("put_item", {})
            sns.add_response("publish", {})
            returned = notifier.lambda_handler(a_processed_record(**ids), None)
    assert returned["transactionId"] == returned["requestId"] == identifier
    assert [(line["transactionId"], line["requestId"]) for line in log()] == [(logged, logged)]
