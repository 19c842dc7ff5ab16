"""What goes over the wire: the API's paths, and its JSON schemas.

API Gateway takes schemas of JSON schema draft 4, and not all of that.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import runpy
from pathlib import Path
from typing import Any

PATH = "/transaction"
RECORD_PATH = f"{PATH}/{{transactionId}}"

_CURRENCIES = Path(__file__).parents[1] / "src" / "validator" / "currencies.py"


def schemas() -> dict[str, Any]:
    """Describe the body of the request and of each answer."""
    return {
        "Transaction": request_model(),
        "Accepted": {
            "type": "object",
            "required": ["requestId", "status"],
            "properties": {
                "requestId": {"type": "string"},
                "status": {"type": "string", "enum": ["ACCEPTED"]},
            },
        },
        "Record": record_model(),
        "Refusal": {
            "type": "object",
            "required": ["message", "requestId"],
            "additionalProperties": False,
            "properties": {"message": {"type": "string"}, "requestId": {"type": "string"}},
        },
    }


def request_model() -> dict[str, Any]:
    r"""Describe a transaction in the part of JSON schema draft 4 that API Gateway enforces.

    The patterns end in `(?![\s\S])`, since `$` lets a trailing newline through.
    """
    return _all_of(
        {
            "transactionId": transaction_id(),
            "amount": {"type": "number", "minimum": 0.0001, "maximum": 999_999_999_999},
            "currency": {"enum": currencies()},
            "source": {
                "type": "string",
                "pattern": r"^[A-Za-z0-9][A-Za-z0-9 ._-]*(?![\s\S])",
                "maxLength": 64,
            },
        }
    )


REQUEST_IN_WORDS = (
    "The body must be one JSON object with transactionId (1 to 64 of A-Z a-z 0-9 . _ -), "
    "amount (a number from 0.0001 to 999999999999), currency (an active ISO 4217 code), "
    "source (1 to 64 of A-Z a-z 0-9 space . _ -) and nothing else; see docs/api.md"
)
"""The request model as the 400 says it."""


def record_model() -> dict[str, Any]:
    """Describe a record: the transaction as it is kept, without the key that submitted it."""
    return _all_of(
        {
            "transactionId": transaction_id(),
            "timestamp": {"type": "integer"},
            "amount": {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,16})?(?![\s\S])"},
            "currency": {"type": "string"},
            "source": {"type": "string"},
            "requestId": {"type": "string"},
        }
    )


def transaction_id() -> dict[str, Any]:
    """Describe the id that the client gives a transaction."""
    return {
        "type": "string",
        "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*(?![\s\S])",
        "maxLength": 64,
    }


def currencies() -> list[str]:
    """List the currencies that the validator knows; the handlers' folders are no packages."""
    return sorted(runpy.run_path(str(_CURRENCIES))["MINOR_UNITS"])


def _all_of(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(fields),
        "additionalProperties": False,
        "properties": fields,
    }
