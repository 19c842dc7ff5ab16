"""The validator accepts a transaction, or says in one sentence what is wrong with it."""

from __future__ import annotations

import json
import re

from currencies import MINOR_UNITS

TYPE_CHECKING = False  # Lambda's runtime has loaded all that is imported here, but not typing
if TYPE_CHECKING:
    from typing import Any, TypedDict

    class Transaction(TypedDict):
        """A valid transaction; timestamp is the gateway's clock at acceptance (ms, UTC)."""

        transactionId: str
        timestamp: int
        amount: str
        currency: str
        source: str
        requestId: str
        apiKeyId: str


FIELDS = {"transactionId", "amount", "currency", "source"}
NUMBERS = (int, float)  # exactly: a bool is an int, too
LOWEST = 0.0001
HIGHEST = 999_999_999_999
# A JSON number is an IEEE double, which carries 15 significant digits exactly.
DIGITS = 15
# Made once: to do so for each amount is an eighth of the time that a transaction takes.
FORMATS = {currency: f".{units}f" for currency, units in MINOR_UNITS.items()}
# The end of the year 9999, in ms since the epoch.
LATEST = 253_402_300_799_999

_is_transaction_id = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}").fullmatch
_is_source = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}").fullmatch
_is_request_id = re.compile(r"[A-Za-z0-9-]{1,64}").fullmatch
_is_api_key_id = re.compile(r"[A-Za-z0-9-]{0,64}").fullmatch
_card_like = re.compile(r"\d(?:[._-]?\d){12,18}")
_is_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


class InvalidTransaction(ValueError):
    """No retry helps: the transaction itself is wrong; the message names the field."""


def lambda_handler(event: Any, context: object) -> dict[str, Any]:  # noqa: ANN401, ARG001
    """Return the validated transaction of a gateway event, or raise InvalidTransaction.

    Under `sam local start-api` the event is a proxy event, and the answer a proxy response.
    """
    if isinstance(event, dict) and "httpMethod" in event:
        return answer(event)
    return dict(accept(event))


def accept(event: dict[str, Any]) -> Transaction:
    """Validate the transaction of a gateway event and log the outcome."""
    request = envelope(event)
    body = request["transaction"]
    try:
        amount = validate(body)
    except InvalidTransaction as error:
        log("REJECTED", body, request["requestId"], reason=str(error))
        raise
    log("VALIDATED", body, request["requestId"])
    return {
        "transactionId": body["transactionId"],
        "timestamp": request["receivedAt"],
        "amount": amount,
        "currency": body["currency"],
        "source": body["source"],
        "requestId": request["requestId"],
        "apiKeyId": request["apiKeyId"],
    }


def envelope(event: Any) -> dict[str, Any]:  # noqa: ANN401 - anybody may invoke a function
    """Check what the gateway's mapping template writes around the body."""
    if not isinstance(event, dict):
        raise InvalidTransaction("event: must be an object")
    for name, kind in (("requestId", str), ("receivedAt", int), ("apiKeyId", str)):
        if type(event.get(name)) is not kind:
            raise InvalidTransaction(f"{name}: the event must hold it as {kind.__name__}")
    if not _is_request_id(event["requestId"]):
        raise InvalidTransaction("requestId: must be 1 to 64 letters, digits and -")
    if not _is_api_key_id(event["apiKeyId"]):
        raise InvalidTransaction("apiKeyId: must be up to 64 letters, digits and -")
    if not 0 <= event["receivedAt"] <= LATEST:
        raise InvalidTransaction("receivedAt: must be a time in ms since the epoch")
    if "transaction" not in event:
        raise InvalidTransaction("transaction: the event must hold it")
    return event


def validate(body: Any) -> str:  # noqa: ANN401 - it comes from outside
    """Return the amount with exactly the decimals of its currency, or raise InvalidTransaction."""
    try:
        amount = body["amount"]
        if (
            len(body) == len(FIELDS)
            and _is_transaction_id(body["transactionId"])
            and type(amount) in NUMBERS
            and LOWEST <= amount <= HIGHEST
            and _is_source(body["source"])
        ):
            text = format(amount, FORMATS[body["currency"]])
            if float(text) == amount and len(text) <= DIGITS + 1:  # with the point
                return text
    except (KeyError, TypeError):
        pass  # explained below
    raise fault(body)


def fault(body: Any) -> InvalidTransaction:  # noqa: ANN401 - it comes from outside
    """Name the first fault of a body that has one; values are not repeated, they may be secret."""
    if not isinstance(body, dict):
        return InvalidTransaction("transaction: must be an object")
    if body.keys() != FIELDS:
        return fields_fault(body)
    transaction_id, source = body["transactionId"], body["source"]
    if not isinstance(transaction_id, str) or not _is_transaction_id(transaction_id):
        return InvalidTransaction(
            "transactionId: must be 1 to 64 letters, digits and ._-, "
            "starting with a letter or digit"
        )
    if not isinstance(source, str) or not _is_source(source):
        return InvalidTransaction(
            "source: must be 1 to 64 letters, digits, spaces and ._-, "
            "starting with a letter or digit"
        )
    return amount_fault(body["amount"], body["currency"])


def fields_fault(body: dict[str, Any]) -> InvalidTransaction:
    """Name a field that is missing, or say that there are others."""
    if missing := sorted(FIELDS - body.keys()):
        return InvalidTransaction(f"{missing[0]}: is missing")
    return InvalidTransaction(
        "transaction: has other fields than transactionId, amount, currency and source"
    )


def amount_fault(amount: Any, currency: Any) -> InvalidTransaction:  # noqa: ANN401 - as above
    """Name the fault of the amount or its currency, where all else is right."""
    if not isinstance(currency, str) or currency not in MINOR_UNITS:
        return InvalidTransaction("currency: must be an active ISO 4217 code with a minor unit")
    if type(amount) not in NUMBERS or not LOWEST <= amount <= HIGHEST:
        return InvalidTransaction(f"amount: must be a number from {LOWEST} to {HIGHEST}")
    units = MINOR_UNITS[currency]
    if float(format(amount, FORMATS[currency])) != amount:
        return InvalidTransaction(f"amount: has more than the {units} decimals of {currency}")
    return InvalidTransaction(
        f"amount: has more than {DIGITS} digits, the {units} decimals of {currency} included"
    )


def answer(event: dict[str, Any]) -> dict[str, Any]:
    """Answer a proxy event as the gateway would: 202, or 400 with the reason."""
    context = event.get("requestContext")
    if not isinstance(context, dict):
        raise InvalidTransaction("requestContext: the proxy event must hold it")
    request_id = context.get("requestId")
    if not isinstance(request_id, str):
        request_id = None
    try:
        accept(
            {
                "requestId": request_id,
                "receivedAt": context.get("requestTimeEpoch"),
                "apiKeyId": "",  # sam local knows no keys
                "transaction": body_of(event),
            }
        )
    except InvalidTransaction as error:
        return response(400, {"message": str(error), "requestId": request_id})
    return response(202, {"requestId": request_id, "status": "ACCEPTED"})


def body_of(event: dict[str, Any]) -> object:
    """Parse the body of a proxy event."""
    try:
        return json.loads(event["body"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidTransaction("body: is not JSON") from error


def response(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Make a proxy response."""
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def log(status: str, body: Any, request_id: str, **fields: str) -> None:  # noqa: ANN401
    """Write one JSON line; nothing in it looks like a card."""
    transaction_id = body.get("transactionId") if isinstance(body, dict) else None
    line = {"level": "INFO", "status": status, "requestId": masked(request_id), **fields}
    if isinstance(transaction_id, str) and _is_transaction_id(transaction_id):
        line["transactionId"] = masked(transaction_id)
    print(json.dumps(line))


def masked(name: str) -> str:
    """Hide what looks like a card; a UUID is none, whatever its digits."""
    return name if _is_uuid(name) else _card_like.sub("(card-like)", name)
