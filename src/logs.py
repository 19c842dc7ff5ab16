"""The log line of an outcome: one JSON object, without anything that looks like a card number.

Lambda sends each line that a function prints to CloudWatch Logs.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import json

import contract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def log(status: str, transaction: dict[str, Any], **more: str) -> None:
    """Print the outcome of a transaction, which it names where its IDs are well-formed."""
    named = {
        name: contract.masked(transaction[name])
        for name in contract.LOGGED
        if contract.is_well_formed(name, transaction.get(name))
    }
    print(json.dumps({"level": "INFO", "status": status, "requestId": None, **named, **more}))
