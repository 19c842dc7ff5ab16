"""A transaction as a client sends it, and what makes two of them the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from contract import FIELDS, OPTIONAL


def a_body(**changes: Any) -> dict[str, Any]:
    """Return a good body with the required fields, and the changes."""
    return {name: field.example for name, field in FIELDS.items() if field.required} | changes


@dataclass(frozen=True)
class Content:
    """What makes two transactions the same: the values of the client's fields, in their order."""

    values: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Read it from a body, an item or an audit object; raises KeyError for a missing field."""
        return cls(
            tuple(
                (name, Decimal(fields[name]) if field.stored_as == "N" else fields[name])
                for name, field in FIELDS.items()
                if name in fields or name not in OPTIONAL
            )
        )

    @property
    def transaction_id(self) -> str:
        """ID that the client gave."""
        return str(self.fields()["transactionId"])

    @property
    def amount(self) -> Decimal:
        """Amount, however it is written."""
        return Decimal(dict(self.values)["amount"])

    def fields(self) -> dict[str, str]:
        """Return the fields as an audit object holds them."""
        return {name: str(value) for name, value in self.values}
