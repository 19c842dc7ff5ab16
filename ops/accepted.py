"""The file of what was answered with 202: a line of JSON for each request."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from ops.ledger import Accepted, Content


class MalformedAccepted(ValueError):
    """The file of accepted requests cannot be read; the message says where and why."""


def read_accepted(path: Path) -> list[Accepted]:
    """Read {"requestId": ..., "transaction": {...}} from each line; raises MalformedAccepted."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedAccepted(f"{path}: {error}") from error
    return [_accepted(f"{path}: line {number}", line) for number, line in enumerate(lines, 1)]


def _accepted(place: str, line: str) -> Accepted:
    try:
        # Amounts as they were written: a float would forgive a difference.
        entry = json.loads(line, parse_float=Decimal)
        return Accepted(entry["requestId"], content_of(entry["transaction"]))
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise MalformedAccepted(
            f'{place}: must be {{"requestId": ..., "transaction": '
            '{"transactionId": ..., "amount": ..., "currency": ..., "source": ...}}'
        ) from error


def content_of(fields: dict[str, Any]) -> Content:
    """Take what makes two transactions the same from a body, an item or an audit object."""
    return Content(
        transaction_id=fields["transactionId"],
        amount=Decimal(fields["amount"]),
        currency=fields["currency"],
        source=fields["source"],
    )
