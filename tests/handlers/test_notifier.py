"""The notifier: one message for each outcome, whichever stage failed and whatever it holds."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from clients import MissingConfiguration
from contract import RETURNED, InvalidRecord
from notifier import notifier
from ops.transaction import a_body
from tests.handlers.builders import (
    API_KEY_ID,
    RECEIVED_AT,
    REQUEST_ID,
    a_gateway_event,
    a_log_line,
    a_processed_record,
    a_record,
    a_transaction,
    a_validated_record,
    an_error,
)
from tests.handlers.conftest import Log
from tests.handlers.goldens import MESSAGE

TOPIC = "arn:aws:sns:ap-southeast-1:000000000000:transaction-events-dev"
KNOWN = a_transaction()
REASON = "amount: has more than the 2 decimals of USD"


def handle(event: Any) -> dict[str, Any]:
    return notifier.lambda_handler(event, None)


def published(sns: Stubber, message: dict[str, Any], **attributes: str) -> None:
    """Expect this message with these attributes."""
    sns.add_response(
        "publish",
        {"MessageId": "m"},
        {
            "TopicArn": TOPIC,
            "Subject": f"Transaction {message['status']}",
            "Message": json.dumps(message),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in {"status": message["status"], **attributes}.items()
            },
        },
    )


def a_rejection(transaction: object = None) -> dict[str, Any]:
    """Return the record of a validator that raised."""
    response = {"errorMessage": REASON, "errorType": "InvalidTransaction"}
    request = a_gateway_event(transaction)
    return a_record("validator", request, response, condition="RetriesExhausted")


def a_failure(response: object, condition: str = "RetriesExhausted") -> dict[str, Any]:
    """Return the record of a processor whose retries are exhausted."""
    return a_record("processor", a_validated_record(), response, condition=condition, invocations=3)


def a_message(
    status: str, reason: str, condition: str = "RetriesExhausted", **known: object
) -> dict[str, Any]:
    """Return the message about a failure."""
    function = "validator-dev" if status == "REJECTED" else "processor-dev"
    cause = {"function": function, "condition": condition, "reason": reason}
    return {"status": status, **cause, **known}


def test_publishes_these_bytes(sns: Stubber) -> None:
    published(sns, json.loads(MESSAGE), currency="USD", source="web")
    assert json.dumps(handle(a_processed_record())) == MESSAGE


@pytest.mark.parametrize("status", RETURNED)
def test_tells_the_processors_outcome(status: str, sns: Stubber, log: Log) -> None:
    message = {"status": status, **KNOWN}
    published(sns, message, currency="USD", source="web")
    record = a_processed_record() | {"responsePayload": {**KNOWN, "status": status}}
    assert handle(record) == message
    assert log() == [a_log_line(status)]


def test_tells_a_rejection_with_its_reason_and_the_amount_as_it_was_sent(
    sns: Stubber, log: Log
) -> None:
    message = a_message("REJECTED", REASON, **{**KNOWN, "amount": "100.005"})
    published(sns, message, currency="USD", source="web")
    assert handle(a_rejection(a_body(amount=100.005))) == message
    assert log() == [a_log_line("REJECTED")]


def test_tells_a_failure_of_the_processor(sns: Stubber) -> None:
    message = a_message("FAILED", "no answer", **KNOWN)
    published(sns, message, currency="USD", source="web")
    assert handle(a_failure(an_error("processor", TimeoutError("no answer")))) == message


@pytest.mark.parametrize("condition", ["EventAgeExceeded", "ZeroReservedConcurrency"])
def test_tells_an_event_that_was_never_executed(condition: str, sns: Stubber) -> None:
    record = a_failure(None, condition)
    del record["responsePayload"], record["responseContext"]
    message = a_message("FAILED", condition, condition, **KNOWN)
    published(sns, message, currency="USD", source="web")
    assert handle(record) == message


@pytest.mark.parametrize("message", ["", {"a": 1}, ["no"], 7, None])
def test_the_condition_is_the_reason_of_an_error_without_a_text(message: object) -> None:
    record = a_failure({"errorMessage": message})
    assert notifier.message_of(record)["reason"] == "RetriesExhausted"


@pytest.mark.parametrize("response", ["text", ["a"], {}])
def test_the_condition_is_the_reason_of_a_response_that_is_no_error(response: object) -> None:
    assert notifier.message_of(a_failure(response))["reason"] == "RetriesExhausted"


@pytest.mark.parametrize(
    ("message", "reason"),
    [("x" * 1_001, "x" * 1_000), ("no\r\nway \x00\ud800\U0001f4a9~", "no??way ???~")],
)
def test_a_reason_is_short_and_in_plain_ascii(message: str, reason: str) -> None:
    assert notifier.message_of(a_failure({"errorMessage": message}))["reason"] == reason


@pytest.mark.parametrize("request_payload", [None, [], {}, {"responsePayload": None}])
def test_tells_a_failure_whose_transaction_is_unknown(
    request_payload: object, sns: Stubber, log: Log
) -> None:
    message = a_message("FAILED", "no")
    published(sns, message)
    record = a_failure({"errorMessage": "no"}) | {"requestPayload": request_payload}
    assert handle(record) == message
    assert log() == [{"level": "INFO", "status": "FAILED", "requestId": None}]


@pytest.mark.parametrize(
    ("transaction", "told"),
    [
        ([], dict.fromkeys(a_body())),
        (a_body(transactionId="a\nb", source=7), {"transactionId": None, "source": None}),
        (a_body(amount="1", currency="usd"), {"amount": None, "currency": None}),
        (a_body(amount=True, currency="€€€"), {"amount": None, "currency": None}),
        (a_body(amount=0, source=""), {"amount": "0", "source": None}),
        (a_body(amount=0.5, currency=""), {"amount": "0.5", "currency": None}),
        (a_body(amount=10**12 - 1), {"amount": "999999999999"}),
        (a_body(amount=10**12, currency=""), {"amount": None, "currency": None}),
        (a_body(amount=-1), {"amount": None}),
        (a_body(amount=10**5_000, source=""), {"amount": None, "source": None}),
        (a_body(amount=1e20), {"amount": None}),
        # A body cannot pretend to be the gateway.
        (a_body(requestId="forged", apiKeyId="forged", timestamp=1, receivedAt=1), {}),
    ],
)
def test_repeats_of_a_rejected_transaction_what_is_well_formed(
    transaction: object, told: dict[str, str | None], sns: Stubber
) -> None:
    """`told` is what becomes of the good body's fields; None is not told."""
    sent: dict[str, Any] = a_body(amount="100.5") | told
    known = {name: value for name, value in sent.items() if value is not None}
    provenance: dict[str, Any] = {
        "timestamp": RECEIVED_AT,
        "requestId": REQUEST_ID,
        "apiKeyId": API_KEY_ID,
    }
    message = a_message("REJECTED", REASON, **known, **provenance)
    attributes = {name: known[name] for name in ("currency", "source") if name in known}
    published(sns, message, **attributes)
    assert handle(a_rejection(transaction)) == message


def test_lets_a_failed_notification_be_retried(sns: Stubber, log: Log) -> None:
    sns.add_client_error("publish", "Throttled", http_status_code=429)
    with pytest.raises(ClientError, match="Throttled"):
        handle(a_processed_record())
    assert log() == []


def refusal(event: Any) -> str:
    with pytest.raises(InvalidRecord) as caught:
        handle(event)
    return str(caught.value)


def test_refuses_what_is_not_a_destination_record() -> None:
    assert refusal({}) == "version: must be 1.0, that of a destination record"


@pytest.mark.parametrize(
    "context",
    [None, [], {}, *({"condition": c} for c in (1, "", "a b", "Success\n", "a" * 65))],
)
def test_refuses_a_record_without_a_condition(context: object) -> None:
    record = a_processed_record() | {"requestContext": context}
    assert refusal(record) == "requestContext.condition: must be a word of letters"


def test_refuses_a_success_without_an_outcome_of_the_processor() -> None:
    record = a_processed_record() | {"responsePayload": a_transaction()}
    assert refusal(record) == f"responsePayload.status: must be one of {', '.join(RETURNED)}"


@pytest.mark.parametrize(
    "arn", [None, 7, "", "validator-dev", "::::::", "::::::a b", f"::::::{'a' * 65}"]
)
def test_refuses_a_failure_that_names_no_function(arn: object) -> None:
    record = a_failure({})
    record["requestContext"]["functionArn"] = arn
    assert refusal(record) == "requestContext.functionArn: must be the ARN of a function"


@pytest.mark.parametrize("name", ["processor-dev", "F", "AZ_az-09"])
def test_names_the_function_of_an_arn_without_qualifier(name: str) -> None:
    record = a_failure({})
    record["requestContext"]["functionArn"] = (
        f"arn:aws:lambda:ap-southeast-1:000000000000:function:{name}"
    )
    assert notifier.message_of(record)["function"] == name


@pytest.mark.parametrize("condition", ["E", "EventAgeExceeded", "a" * 64])
def test_gives_any_word_as_the_condition(condition: str) -> None:
    assert notifier.message_of(a_failure({}, condition))["condition"] == condition


def test_names_a_missing_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNS_TOPIC_ARN")
    with pytest.raises(MissingConfiguration, match="SNS_TOPIC_ARN"):
        handle(a_processed_record())
