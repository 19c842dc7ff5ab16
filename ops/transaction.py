"""A transaction as a client sends it, and what makes two of them the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self


def a_body(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong types are sent too
    """Make a good body, but for the changes: whoever needs an example changes this one."""
    body = {"transactionId": "order-1001", "amount": 100.5, "currency": "USD", "source": "web"}
    return body | changes


@dataclass(frozen=True)
class Content:
    """What makes two transactions the same."""

    transaction_id: str
    amount: Decimal
    currency: str
    source: str

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Take it from a body, an item or an audit object."""
        return cls(
            transaction_id=fields["transactionId"],
            amount=Decimal(fields["amount"]),
            currency=fields["currency"],
            source=fields["source"],
        )

    def fields(self) -> dict[str, str]:
        """Write it as an audit object has it."""
        return {
            "transactionId": self.transaction_id,
            "amount": str(self.amount),
            "currency": self.currency,
            "source": self.source,
        }
