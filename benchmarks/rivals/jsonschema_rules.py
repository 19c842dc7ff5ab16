"""The rules of a transaction in jsonschema."""

from typing import Any

import jsonschema
from schema import SCHEMA, amount_of

REFUSALS = (jsonschema.ValidationError,)
_validator = jsonschema.Draft7Validator(SCHEMA)


def validate(body: Any) -> str:  # noqa: ANN401 - it comes from outside
    """Return the amount with exactly the decimals of its currency, or raise."""
    _validator.validate(body)
    text = amount_of(body)
    if text is None:
        raise jsonschema.ValidationError("amount: has too many decimals or digits")
    return text
