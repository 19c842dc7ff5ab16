"""The validator accepts a transaction, or rejects it with a sentence that names the field."""

from __future__ import annotations

import json
import re
from operator import itemgetter

from contract import (
    AMOUNT_DIGITS,
    ENVELOPE,
    FIELDS,
    HIGHEST_AMOUNT,
    JSON_NUMBERS,
    LOWEST_AMOUNT,
    MINOR_UNITS,
    PROVENANCE,
    REQUIRED,
    as_sent,
    is_well_formed,
)
from logs import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REQUIRED_COUNT = len(REQUIRED)
# Made once, which saves an eighth of the time that `validate` takes.
FORMATS = {currency: f".{decimals}f" for currency, decimals in MINOR_UNITS.items()}
# All texts in one match. No pattern matches a newline, so each text keeps to its own line.
TEXTS = [name for name in REQUIRED if FIELDS[name].stored_as == "S"]
_texts_of = itemgetter(*TEXTS)
_are_well_formed = re.compile("\n".join(FIELDS[name].pattern for name in TEXTS)).fullmatch
_matches = {
    name: re.compile(field.pattern).fullmatch
    for name, field in FIELDS.items()
    if "pattern" in field.schema
}


class InvalidTransaction(ValueError):
    """The transaction itself is wrong. The message names the field."""


class InvalidEvent(ValueError):
    """The event is not what the gateway sends."""


def lambda_handler(event: Any, context: object) -> dict[str, Any]:
    """Return the validated transaction of a gateway event, or its rejection with the reason.

    Raises InvalidEvent for any other event. Under `sam local start-api` the event is a proxy
    event, and the result a proxy response.
    """
    if isinstance(event, dict) and "httpMethod" in event:
        return respond(event)
    return accept(event)


def accept(event: dict[str, Any]) -> dict[str, Any]:
    """Validate the transaction of a gateway event and log the outcome."""
    request = envelope(event)
    body = request["transaction"]
    provenance = {field: request[name] for name, field in ENVELOPE.items()}
    try:
        amount = validate(body)
    except InvalidTransaction as error:
        reason = str(error)
        rejected = {"status": "REJECTED", "reason": reason, **as_sent(body, provenance)}
        log("REJECTED", rejected, reason=reason)
        return rejected
    accepted = {**body, "amount": amount, **provenance}
    log("VALIDATED", accepted)
    return accepted


def envelope(event: Any) -> dict[str, Any]:
    """Check what the gateway's mapping template writes around the body."""
    if not isinstance(event, dict):
        raise InvalidEvent("event: must be an object")
    for name, field in ENVELOPE.items():
        if not is_well_formed(field, event.get(name)):
            raise InvalidEvent(f"{name}: must be {PROVENANCE[field].rule}")
    if "transaction" not in event:
        raise InvalidEvent("transaction: is missing from the event")
    return event


def validate(body: Any) -> str:
    """Return the amount with exactly the decimals of its currency, or raise InvalidTransaction."""
    try:
        amount = body["amount"]
        if (
            len(body) == REQUIRED_COUNT
            and type(amount) in JSON_NUMBERS
            and LOWEST_AMOUNT <= amount <= HIGHEST_AMOUNT
            and _are_well_formed("\n".join(_texts_of(body)))
        ):
            written = format(amount, FORMATS[body["currency"]])
            if float(written) == amount and len(written) <= AMOUNT_DIGITS + 1:  # with the point
                return written
    except (KeyError, TypeError):
        pass  # explained below
    if fault := first_fault(body):
        raise InvalidTransaction(fault)
    return format(body["amount"], FORMATS[body["currency"]])


def first_fault(body: Any) -> str | None:
    """Return what is wrong with a body, without its values, which may be secret."""
    if not isinstance(body, dict):
        return "transaction: must be an object"
    for name in REQUIRED:
        if name not in body:
            return f"{name}: is missing"
    for name in body:
        if name not in FIELDS:
            return f"transaction: has other fields than {', '.join(FIELDS)}"
    for name, matches in _matches.items():
        if name in body and not (isinstance(body[name], str) and matches(body[name])):
            return f"{name}: must be {FIELDS[name].rule}"
    return amount_fault(body["amount"], body["currency"])


def amount_fault(amount: Any, currency: Any) -> str | None:
    """Return what is wrong with an amount or its currency, where the other fields are right."""
    if not isinstance(currency, str) or currency not in MINOR_UNITS:
        return f"currency: must be {FIELDS['currency'].rule}"
    if type(amount) not in JSON_NUMBERS or not LOWEST_AMOUNT <= amount <= HIGHEST_AMOUNT:
        return f"amount: must be {FIELDS['amount'].rule}"
    decimals = MINOR_UNITS[currency]
    written = format(amount, FORMATS[currency])
    if float(written) != amount:
        return f"amount: has more than the {decimals} decimals of {currency}"
    if len(written) > AMOUNT_DIGITS + 1:
        return (
            f"amount: has more than {AMOUNT_DIGITS} digits, "
            f"the {decimals} decimals of {currency} included"
        )
    return None


def respond(event: dict[str, Any]) -> dict[str, Any]:
    """Respond to a proxy event as the gateway would: 202, or 400 with the reason."""
    context = event.get("requestContext")
    if not isinstance(context, dict):
        raise InvalidEvent("requestContext: is missing from the proxy event")
    request_id = context.get("requestId")
    if not isinstance(request_id, str):
        request_id = None
    try:
        result = accept(
            {
                "requestId": request_id,
                "receivedAt": context.get("requestTimeEpoch"),
                "apiKeyId": "",  # sam local knows no keys
                "transaction": body_of(event),
            }
        )
    except InvalidEvent as error:
        return response(400, {"message": str(error), "requestId": request_id})
    if "reason" in result:
        return response(400, {"message": result["reason"], "requestId": request_id})
    return response(202, {"requestId": request_id, "status": "ACCEPTED"})


def body_of(event: dict[str, Any]) -> object:
    """Parse the body of a proxy event, which may be in base64."""
    try:
        body = event["body"]
        if event.get("isBase64Encoded"):
            # AWS sends no proxy event, and its cold start does without the import.
            from binascii import a2b_base64  # noqa: PLC0415

            body = a2b_base64(body, strict_mode=True).decode()
        return json.loads(body)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidEvent("body: is not JSON") from error


def response(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return a proxy response."""
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
