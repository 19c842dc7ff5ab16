"""The costs of an audit of a million transactions: on this machine, and by Athena."""

import json
from decimal import Decimal
from math import ceil

from contract import OUTCOMES, RECORD, audit_key, canonical_json, item, outcome_item
from ops.cost.price_list import Prices

REGION = "us-east-1"
MILLION = 1_000_000
KEYS_PER_LIST = 1_000
BYTES_PER_READ = 4_096
GB, TB = 2**30, 2**40
EXPORT_OVERHEAD_BYTES = 100
"""What DynamoDB adds to each item of the size of a table."""


def table() -> str:
    """Return the costs of each way as Markdown."""
    prices = Prices.read(REGION)
    example = {name: field.example for name, field in RECORD.items()}
    record = item(example)
    outcome = outcome_item({**example, "status": next(iter(OUTCOMES))}, 1)
    reads = ceil(MILLION * (_size(record) + _size(outcome)) / BYTES_PER_READ)
    listing = len(audit_key(str(example["transactionId"])).encode()) + len(canonical_json(example))
    scanned = MILLION * (len(json.dumps({"Item": record})) + listing)
    machine = {
        "dynamodb_read": Decimal(reads),
        "s3_put": Decimal(MILLION // KEYS_PER_LIST),
    }
    athena = {
        "dynamodb_export": Decimal(MILLION * (_size(record) + EXPORT_OVERHEAD_BYTES)) / GB,
        "s3_inventory": Decimal(MILLION),
        "athena_scan": Decimal(scanned) / TB,
    }
    rows = {
        "`pipeline audit`": (machine, "two tables scanned, the versions listed"),
        "`pipeline audit --export`": (athena, "one table exported, an inventory, one query"),
        "each object read": (
            machine | {"s3_get": Decimal(MILLION)},
            "an audit that derives nothing",
        ),
    }
    return "\n| way | what it pays for | $ for a million |\n|---|---|---:|\n" + "".join(
        f"| {way} | {what} | {_dollars(prices, usage)} |\n" for way, (usage, what) in rows.items()
    )


def _dollars(prices: Prices, usage: dict[str, Decimal]) -> str:
    total = sum((prices.cost(name, used) for name, used in usage.items()), Decimal())
    return f"{total:.3f}"


def _size(one: dict[str, dict[str, str]]) -> int:
    """Return the bytes of an item: its names and values."""
    return sum(len(name) + len(*value.values()) for name, value in one.items())
