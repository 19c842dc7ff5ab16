"""The rules of a transaction in fastjsonschema."""

from typing import Any

import fastjsonschema
from schema import SCHEMA, amount_of

REFUSALS = (fastjsonschema.JsonSchemaException,)
_validate = fastjsonschema.compile(SCHEMA)


def validate(body: Any) -> str:  # noqa: ANN401 - it comes from outside
    """Return the amount with exactly the decimals of its currency, or raise."""
    text = amount_of(_validate(body))
    if text is None:
        raise fastjsonschema.JsonSchemaValueException("amount: has too many decimals or digits")
    return text
