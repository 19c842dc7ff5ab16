"""The examples of the form that sends a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.transaction import a_body


@dataclass(frozen=True)
class Example:
    """A body for the form; `expected` is the outcome or the HTTP status that follows."""

    name: str
    title: str
    expected: str
    body: Mapping[str, Any]


def examples(fresh: str, sent: Mapping[str, Any]) -> list[Example]:
    """Return the examples; `sent` is a transaction that was accepted, or nothing."""
    good = a_body(transactionId=fresh, source="console")
    missing = {name: value for name, value in good.items() if name != "currency"}
    repeated = dict(sent) or good
    return [
        Example("good", "A good transaction", "PROCESSED", good),
        Example(
            "decimals", "More decimals than the currency has", "REJECTED", good | {"amount": 10.005}
        ),
        Example("missing", "The currency is missing", "HTTP 400", missing),
        Example("duplicate", "The last one again", "DUPLICATE", repeated),
        Example(
            "conflict",
            "The last ID with another amount",
            "CONFLICT",
            repeated | {"amount": 200},
        ),
    ]
