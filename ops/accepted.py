"""The file of accepted requests, with one JSON object per line."""

import json
from decimal import Decimal
from pathlib import Path

from ops.reconciliation import Accepted
from ops.transaction import Content, a_body


class MalformedAccepted(ValueError):
    """The file of accepted requests cannot be read; the message says where and why."""


def read_accepted(path: Path) -> list[Accepted]:
    """Read {"requestId": ..., "transaction": {...}} from each line; raises MalformedAccepted."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise MalformedAccepted(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MalformedAccepted(f"{path}: byte {error.start} is not UTF-8") from error
    return [_accepted(f"{path}: line {number}", line) for number, line in enumerate(lines, 1)]


def _accepted(place: str, line: str) -> Accepted:
    try:
        # A float would hide a difference between amounts.
        entry = json.loads(line, parse_float=Decimal)
        return Accepted(entry["requestId"], Content.of(entry["transaction"]))
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        fields = ", ".join(f'"{name}": ...' for name in a_body())
        raise MalformedAccepted(
            f'{place}: must be {{"requestId": ..., "transaction": {{{fields}}}}}'
        ) from error
