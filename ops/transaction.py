"""A transaction's content as a client submits it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple, Self

from contract import FIELDS, OPTIONAL, RECORD

LONGEST_NUMBER = 38
"""Digits that DynamoDB stores; an integer of many more would take minutes."""
STORED_AS = {name: field.stored_as for name, field in RECORD.items()}


def a_body(**changes: Any) -> dict[str, Any]:
    """Return a valid body with the required fields and the given changes."""
    return {name: field.example for name, field in FIELDS.items() if field.required} | changes


def field_value(name: str, value: Any) -> Any:
    """Return the value of a field, a number as a decimal; raises ValueError."""
    if STORED_AS[name] == "S":
        if not isinstance(value, str):
            raise ValueError(f"{name} is not a text")
        return value
    try:
        number = Decimal(value)
        if number.is_finite() and number.adjusted() < LONGEST_NUMBER:
            return number
    except (ValueError, TypeError, ArithmeticError):
        pass  # the same as a number that is too long
    raise ValueError(f"{name} is not a number")


class Content(NamedTuple):
    """The values of the client's fields, in order; equal content makes a duplicate."""

    values: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Read the content of a body, an item or an audit object; raises KeyError or ValueError."""
        values = [
            (name, field_value(name, fields[name]))
            for name in FIELDS
            if name in fields or name not in OPTIONAL
        ]
        return cls(tuple(values))

    @property
    def transaction_id(self) -> str:
        """Transaction ID from the client."""
        return str(dict(self.values)["transactionId"])

    @property
    def amount(self) -> Decimal:
        """Amount as a decimal."""
        return Decimal(dict(self.values)["amount"])

    def fields(self) -> dict[str, str]:
        """Return the fields as in an audit object."""
        return {name: str(value) for name, value in self.values}
