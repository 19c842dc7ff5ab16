"""What goes over the wire: the API's paths, and its JSON schemas.

API Gateway takes schemas of JSON schema draft 4, and not all of that.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from typing import Any

from contract import FIELDS, OPTIONAL, RECORD

PATH = "/transaction"
RECORD_PATH = f"{PATH}/{{transactionId}}"


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
    """Return the schema of a transaction, in the part of JSON schema draft 4 that AWS enforces."""
    return _object({name: field.schema for name, field in FIELDS.items()}, OPTIONAL)


REQUEST_IN_WORDS = (
    "The body must be one JSON object with "
    + ", ".join(
        f"{name} ({'' if field.required else 'optional, '}{field.rule})"
        for name, field in FIELDS.items()
    )
    + " and nothing else; see docs/api.md"
)
"""The request model as the 400 says it."""

PRIVATE = ("apiKeyId",)
"""All who hold a key may read all records, but not who sent them."""


def record_model() -> dict[str, Any]:
    """Return the schema of a record: the transaction as it is stored."""
    return _object(
        {
            name: {"type": "integer"}
            if field.schema.get("type") == "integer"
            else {"type": "string", "pattern": rf"^{field.pattern}(?![\s\S])"}
            for name, field in RECORD.items()
            if name not in PRIVATE
        },
        OPTIONAL,
    )


def transaction_id() -> dict[str, Any]:
    """Return the schema of the ID that the client gives a transaction."""
    return FIELDS["transactionId"].schema


def _object(properties: dict[str, Any], optional: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": properties,
    }
