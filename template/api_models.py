"""The API's paths and JSON schemas.

API Gateway supports a part of JSON schema draft 4:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from typing import Any

from contract import FIELDS, OPTIONAL, OUTCOMES, RECORD

PATH = "/transaction"
RECORD_PATH = f"{PATH}/{{transactionId}}"
REQUEST_PATH = "/request/{requestId}"


def schemas() -> dict[str, Any]:
    """Return the schemas of the request body and of the responses."""
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
        "Outcome": outcome_model(),
        "Refusal": {
            "type": "object",
            "required": ["message", "requestId"],
            "additionalProperties": False,
            "properties": {"message": {"type": "string"}, "requestId": {"type": "string"}},
        },
    }


def request_model() -> dict[str, Any]:
    """Return the schema of a transaction."""
    return _object({name: field.schema for name, field in FIELDS.items()}, OPTIONAL)


REQUEST_IN_WORDS = "The body must be JSON with only " + ", ".join(
    f"{name} ({'' if field.required else 'optional, '}{field.hint})"
    for name, field in FIELDS.items()
)
"""The request model in the message of a 400."""

PRIVATE = ("apiKeyId",)
"""Fields that the API does not return: holders of a key may not see who sent a record."""


def record_model() -> dict[str, Any]:
    """Return the schema of a stored record."""
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


def outcome_model() -> dict[str, Any]:
    """Return the schema of how a request ended."""
    properties = {
        "requestId": RECORD["requestId"].schema,
        "status": {"type": "string", "enum": list(OUTCOMES)},
        "transactionId": RECORD["transactionId"].schema,
        "timestamp": {"type": "integer"},
        "reason": {"type": "string"},
    }
    return _object(properties, ["transactionId", "timestamp", "reason"])


def _object(properties: dict[str, Any], optional: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": properties,
    }
