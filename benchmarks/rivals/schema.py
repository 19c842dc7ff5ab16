"""The rules of a transaction as a JSON schema, and what no JSON schema can say."""

from typing import Any

from currencies import MINOR_UNITS

SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["transactionId", "amount", "currency", "source"],
    "additionalProperties": False,
    "properties": {
        "transactionId": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z"},
        "amount": {"type": "number", "minimum": 0.0001, "maximum": 999_999_999_999},
        "currency": {"enum": list(MINOR_UNITS)},
        "source": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}\Z"},
    },
}


def amount_of(body: dict[str, Any]) -> str | None:
    """Write the amount with the decimals of its currency; None if that would change it."""
    amount = body["amount"]
    text = f"{amount:.{MINOR_UNITS[body['currency']]}f}"
    return text if float(text) == amount and len(text) <= 16 else None
