"""The validator: what it accepts, each reason of a rejection, and what it logs."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from contract import FIELDS
from ops.transaction import a_body
from tests.handlers.builders import (
    REQUEST_ID,
    a_body_without,
    a_gateway_event,
    a_log_line,
    a_rejection,
    a_transaction,
)
from tests.handlers.conftest import Log
from validator import validator
from validator.validator import InvalidEvent


def handle(event: Any) -> dict[str, Any]:
    return validator.lambda_handler(event, None)


def rejection(event: Any) -> str:
    """Return the reason of a rejection."""
    rejected = handle(event)
    assert rejected["status"] == "REJECTED"
    return str(rejected["reason"])


def refusal(event: Any) -> str:
    """Return the message of the error about an event that is not the gateway's."""
    with pytest.raises(InvalidEvent) as caught:
        handle(event)
    return str(caught.value)


def test_returns_the_validated_transaction_at_the_gateways_time() -> None:
    assert handle(a_gateway_event()) == a_transaction()


AMOUNTS = pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("USD", 100, "100.00"),
        ("USD", 100.5, "100.50"),
        ("USD", 0.01, "0.01"),
        ("USD", 0.29, "0.29"),  # 0.29 is not a multiple of 0.01 in binary
        ("USD", 999_999_999_999, "999999999999.00"),
        ("JPY", 100, "100"),
        ("JPY", 100.0, "100"),
        ("JPY", 999_999_999_999, "999999999999"),
        ("KWD", 1.25, "1.250"),
        ("KWD", 999_999_999_998.875, "999999999998.875"),
        ("CLF", 0.0001, "0.0001"),
        ("CLF", 99_999_999_999.5, "99999999999.5000"),
    ],
)


@AMOUNTS
@pytest.mark.parametrize(
    "way",
    [
        {},
        {"REQUIRED_COUNT": None},  # field by field, as with an optional field
        {"MINOR_UNITS": {}},  # at once: a search for faults would find every currency wrong
    ],
)
def test_writes_the_amount_with_the_decimals_of_its_currency_whatever_way_it_is_checked(
    way: dict[str, Any],
    currency: str,
    amount: float,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in way.items():
        monkeypatch.setattr(validator, name, value)
    event = a_gateway_event(a_body(currency=currency, amount=amount))
    assert handle(event) == a_transaction(currency=currency, amount=text)


NOT_AN_ID = "transactionId: must be 1 to 64 of A-Z a-z 0-9 . _ -, starting with a letter or digit"
NOT_A_SOURCE = "source: must be 1 to 64 of A-Z a-z 0-9 space . _ -, starting with a letter or digit"
NOT_A_CURRENCY = "currency: must be an active ISO 4217 code with a minor unit"
NOT_AN_AMOUNT = "amount: must be a number from 0.0001 to 999999999999"
OTHER_FIELDS = f"transaction: has other fields than {', '.join(FIELDS)}"
NOT_A_REQUEST_ID = "requestId: must be 1 to 64 of A-Z a-z 0-9 -"
NOT_A_KEY_ID = "apiKeyId: must be at most 64 of A-Z a-z 0-9 -"
NOT_A_TIME = "receivedAt: must be a time in ms since the epoch, before the year 10000"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "transaction: must be an object"),
        ("text", "transaction: must be an object"),
        (7, "transaction: must be an object"),
        ({}, "transactionId: is missing"),
        ({"source": "web", "transactionId": "a"}, "amount: is missing"),
        *((a_body_without(name), f"{name}: is missing") for name in a_body()),
        (a_body(note=""), OTHER_FIELDS),
        (a_body(transactionId=7), NOT_AN_ID),
        (a_body(transactionId=""), NOT_AN_ID),
        (a_body(transactionId="-a"), NOT_AN_ID),
        (a_body(transactionId="a b"), NOT_AN_ID),
        (a_body(transactionId="a/b"), NOT_AN_ID),
        (a_body(transactionId="\u00e9"), NOT_AN_ID),
        (a_body(transactionId="\u0661"), NOT_AN_ID),
        (a_body(transactionId="a\n"), NOT_AN_ID),
        (a_body(transactionId="a" * 65), NOT_AN_ID),
        (a_body(source=None), NOT_A_SOURCE),
        (a_body(source=" web"), NOT_A_SOURCE),
        (a_body(source="web\n"), NOT_A_SOURCE),
        (a_body(source="a" * 65), NOT_A_SOURCE),
        (a_body(currency=["USD"]), NOT_A_CURRENCY),
        (a_body(currency="usd"), NOT_A_CURRENCY),
        (a_body(currency="XXX"), NOT_A_CURRENCY),
        (a_body(currency="DEM"), NOT_A_CURRENCY),
        (a_body(currency="XAU"), NOT_A_CURRENCY),
        (a_body(amount="1"), NOT_AN_AMOUNT),
        (a_body(amount=True), NOT_AN_AMOUNT),
        (a_body(amount=None), NOT_AN_AMOUNT),
        (a_body(amount=0), NOT_AN_AMOUNT),
        (a_body(amount=-1), NOT_AN_AMOUNT),
        (a_body(amount=0.00009), NOT_AN_AMOUNT),
        (a_body(amount=1_000_000_000_000), NOT_AN_AMOUNT),
        (a_body(amount=999_999_999_999.01), NOT_AN_AMOUNT),
        (a_body(amount=float("nan")), NOT_AN_AMOUNT),
        (a_body(amount=float("inf")), NOT_AN_AMOUNT),
        (a_body(amount=0.0001), "amount: has more than the 2 decimals of USD"),
        (
            a_body(amount=999_999_999_999, currency="CLF"),
            "amount: has more than 15 digits, the 4 decimals of CLF included",
        ),
        (a_body(amount=0.001), "amount: has more than the 2 decimals of USD"),
        (a_body(amount=100.005), "amount: has more than the 2 decimals of USD"),
        (a_body(amount=0.1 + 0.2), "amount: has more than the 2 decimals of USD"),
        (a_body(amount=0.5, currency="JPY"), "amount: has more than the 0 decimals of JPY"),
        (a_body(amount=1.2345, currency="KWD"), "amount: has more than the 3 decimals of KWD"),
        (
            a_body(amount=100_000_000_000, currency="CLF"),
            "amount: has more than 15 digits, the 4 decimals of CLF included",
        ),
    ],
)
def test_names_the_field_that_is_wrong_and_logs_the_rejection(
    body: Any,
    reason: str,
    log: Log,
) -> None:
    assert rejection(a_gateway_event(body)) == reason
    (line,) = log()
    assert (line["status"], line["reason"]) == ("REJECTED", reason)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ([], "event: must be an object"),
        (None, "event: must be an object"),
        *(
            (a_gateway_event(requestId=name), NOT_A_REQUEST_ID)
            for name in (7, "", "a" * 65, "a b", "a\n", '", "x": "', "é")
        ),
        *((a_gateway_event(apiKeyId=name), NOT_A_KEY_ID) for name in (None, "a" * 65, "a\n", "é")),
        *(
            (a_gateway_event(receivedAt=time), NOT_A_TIME)
            for time in ("now", True, 1.0, -1, 253_402_300_800_000, 10**5_000)
        ),
        (
            {"requestId": "r", "receivedAt": 1, "apiKeyId": ""},
            "transaction: is missing from the event",
        ),
        ({"httpMethod": "POST"}, "requestContext: is missing from the proxy event"),
    ],
)
def test_refuses_an_event_that_is_not_the_gateways(event: object, reason: str, log: Log) -> None:
    assert refusal(event) == reason
    assert log() == []


def test_logs_which_transaction_was_accepted_or_rejected(log: Log) -> None:
    handle(a_gateway_event())
    reason = rejection(a_gateway_event(a_body(amount=0.001)))
    assert log() == [a_log_line("VALIDATED"), a_log_line("REJECTED", reason=reason)]


@pytest.mark.parametrize(
    "event",
    [
        a_gateway_event(requestId="test-invoke-request", apiKeyId="test-invoke-api-key-id"),
        a_gateway_event(requestId="a" * 64, apiKeyId="a" * 64, receivedAt=0),
        a_gateway_event(requestId="AZaz-09", apiKeyId="AZaz-09"),
        a_gateway_event(requestId="-", apiKeyId="", receivedAt=253_402_300_799_999),
    ],
)
def test_takes_what_a_gateway_may_write_around_a_body(event: dict[str, Any]) -> None:
    """The console's Test button has an id of its own kind."""
    names = ("requestId", "apiKeyId")
    accepted = handle(event)
    assert [accepted[name] for name in names] == [event[name] for name in names]
    assert accepted["timestamp"] == event["receivedAt"]


@pytest.mark.parametrize("name", ["A", "z", "0", "AZ._-az09", "9" + "Z" * 63])
def test_takes_any_name_of_letters_digits_and_marks(name: str) -> None:
    accepted = handle(a_gateway_event(a_body(transactionId=name, source=name)))
    assert (accepted["transactionId"], accepted["source"]) == (name, name)


@pytest.mark.parametrize(
    ("transaction", "known"),
    [
        ([], dict.fromkeys(a_body())),
        (a_body(transactionId="a\nb", source=7), {"transactionId": None, "source": None}),
        (a_body(amount="1", currency="usd"), {"amount": None, "currency": None}),
        (a_body(amount=True, currency="€€€"), {"amount": None, "currency": None}),
        (a_body(amount=0, source=""), {"amount": "0", "source": None}),
        (a_body(amount=0.001), {"amount": "0.001"}),
        (a_body(amount=10**12, currency=""), {"amount": None, "currency": None}),
        (a_body(amount=-1), {"amount": None}),
        (a_body(amount=10**5_000, source=""), {"amount": None, "source": None}),
        (a_body(amount=1e20), {"amount": None}),
        # A body cannot pretend to be the gateway.
        (a_body(requestId="forged", apiKeyId="forged", timestamp=1, receivedAt=1), {}),
    ],
)
def test_a_rejection_repeats_what_is_well_formed(
    transaction: object, known: dict[str, str | None]
) -> None:
    rejected = handle(a_gateway_event(transaction))
    assert rejected == a_rejection(rejected["reason"], **known)


@pytest.mark.parametrize("transaction_id", ["a\nb", "4111 1111 1111 1111", ["a"], "a" * 65])
def test_does_not_log_a_malformed_id(transaction_id: object, log: Log) -> None:
    rejection(a_gateway_event(a_body(transactionId=transaction_id)))
    assert "transactionId" not in log()[0]


def a_proxy_event(body: object, **more: object) -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "body": body,
        **more,
        "requestContext": {"requestId": REQUEST_ID, "requestTimeEpoch": 1},
    }


def in_base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def answered(event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = handle(event)
    assert answer.keys() == {"statusCode", "headers", "body"}
    assert answer["headers"] == {"Content-Type": "application/json"}
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (json.dumps(a_body(amount=0.001)), "amount: has more than the 2 decimals of USD"),
        ("[]", "transaction: must be an object"),
        ('{"amount": NaN}', "transactionId: is missing"),
        (None, "body: is not JSON"),
        ("", "body: is not JSON"),
        ("{", "body: is not JSON"),
        ({}, "body: is not JSON"),
        (7, "body: is not JSON"),
        ("9" * 5_000, "body: is not JSON"),
        ("[" * 200_000, "body: is not JSON"),
    ],
)
def test_answers_a_proxy_event_that_holds_no_transaction_with_400(
    body: object, reason: str
) -> None:
    assert answered(a_proxy_event(body)) == (400, {"message": reason, "requestId": REQUEST_ID})


@pytest.mark.parametrize("encoding", [str, in_base64])
def test_accepts_the_body_of_a_proxy_event_as_it_is_and_in_base64(
    encoding: Callable[[str], str], log: Log
) -> None:
    event = a_proxy_event(encoding(json.dumps(a_body())), isBase64Encoded=encoding is in_base64)
    assert answered(event) == (202, {"requestId": REQUEST_ID, "status": "ACCEPTED"})
    assert [line["transactionId"] for line in log()] == [a_body()["transactionId"]]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(a_body()),  # not in base64
        in_base64(json.dumps(a_body()))[:-1],
        in_base64(json.dumps(a_body())) + "\n",
        in_base64("{"),
        b64encode(b'"\xff"').decode(),
        "\u00e9",
        "",
        None,
        7,
        {},
    ],
)
def test_answers_a_proxy_event_whose_base64_holds_no_json_with_400(body: object) -> None:
    assert answered(a_proxy_event(body, isBase64Encoded=True)) == (
        400,
        {"message": "body: is not JSON", "requestId": REQUEST_ID},
    )


def test_answers_a_proxy_event_without_body_with_400() -> None:
    event = a_proxy_event(None)
    del event["body"]
    assert answered(event) == (400, {"message": "body: is not JSON", "requestId": REQUEST_ID})


@pytest.mark.parametrize("context", [{}, {"requestId": 7}, {"requestId": {"a": 10**5_000}}])
def test_answers_a_proxy_event_without_request_id_with_400(context: object) -> None:
    assert answered(a_proxy_event("{}") | {"requestContext": context}) == (
        400,
        {"message": NOT_A_REQUEST_ID, "requestId": None},
    )
