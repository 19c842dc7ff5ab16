"""The rules of a transaction in msgspec, jsonschema and fastjsonschema."""

from typing import Annotated, Any, Literal

import fastjsonschema
import jsonschema
import msgspec

import contract

REJECTIONS = (
    msgspec.ValidationError,
    jsonschema.ValidationError,
    fastjsonschema.JsonSchemaException,
)
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": contract.REQUIRED,
    "additionalProperties": False,
    "properties": {name: field.schema for name, field in contract.FIELDS.items()},
}


def annotation(field: contract.Field) -> Any:  # noqa: ANN401 - a type that is known at run time
    """Return the type of a field for msgspec."""
    schema = field.schema
    if "enum" in schema:
        return Literal[*schema["enum"]]
    if schema["type"] == "number":
        return Annotated[float, msgspec.Meta(ge=schema["minimum"], le=schema["maximum"])]
    return Annotated[str, msgspec.Meta(pattern=rf"^{field.pattern}\Z")]


Transaction = msgspec.defstruct(
    "Transaction",
    [
        (name, annotation(field))
        if field.required
        else (name, annotation(field) | msgspec.UnsetType, msgspec.UNSET)
        for name, field in contract.FIELDS.items()
    ],
    forbid_unknown_fields=True,
)
_jsonschema = jsonschema.Draft7Validator(SCHEMA)
_fastjsonschema = fastjsonschema.compile(SCHEMA)


def with_msgspec(body: Any) -> str:  # noqa: ANN401 - it comes from outside
    """Return the amount with exactly the decimals of its currency, or raise."""
    transaction = msgspec.convert(body, Transaction)
    return amount_text(transaction.amount, transaction.currency)


def with_jsonschema(body: Any) -> str:  # noqa: ANN401 - as above
    """Return the amount with exactly the decimals of its currency, or raise."""
    _jsonschema.validate(body)
    return amount_text(body["amount"], body["currency"])


def with_fastjsonschema(body: Any) -> str:  # noqa: ANN401 - as above
    """Return the amount with exactly the decimals of its currency, or raise."""
    _fastjsonschema(body)
    return amount_text(body["amount"], body["currency"])


def amount_text(amount: float, currency: str) -> str:
    """Return the amount with the decimals of its currency: a schema cannot state that rule."""
    text = f"{amount:.{contract.MINOR_UNITS[currency]}f}"
    if float(text) != amount or len(text) > contract.AMOUNT_DIGITS + 1:
        raise msgspec.ValidationError("amount: has more decimals or digits than allowed")
    return text
