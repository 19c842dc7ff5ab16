"""Request bodies that every validator must judge alike.

Workers read it too, so what it imports is of the standard library.
"""

from typing import Any

from ops.transaction import a_body

GOOD: list[Any] = [
    a_body(),
    a_body(amount=19.99, currency="EUR", source="mobile app"),
    a_body(amount=12000, currency="JPY", source="store-042"),
    a_body(amount=7.125, currency="KWD", source="partner.example"),
    a_body(transactionId="4111-1111-1111-1111", amount=0.01, currency="SGD", source="terminal_7"),
    a_body(transactionId="a" * 64, amount=999_999_999_999, source="b" * 64),
    a_body(amount=0.0001, currency="CLF"),
]
"""As a validator gets them: each is right."""

BAD: list[Any] = [
    a_body(amount=100.005),
    a_body(amount=0.5, currency="JPY"),
    a_body(amount="10.00"),
    a_body(amount=True),
    a_body(amount=0),
    a_body(amount=1e12),
    a_body(currency="DEM"),
    a_body(transactionId="../order-1001"),
    a_body(transactionId="order-1001\n"),
    a_body(source="a" * 65),
    a_body(note="gift"),
    {name: value for name, value in a_body().items() if name != "currency"},
    [],
    "order-1001",
]
"""Each is wrong in one way."""
