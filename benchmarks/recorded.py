"""Waits until a table holds a transaction."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.02


def first_record(dynamodb: "DynamoDBClient", table: str) -> None:
    """Return when the first transaction is recorded."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not dynamodb.scan(TableName=table, Limit=1)["Items"]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{table} is empty after {PATIENCE_SECONDS} s")
        time.sleep(PAUSE_SECONDS)
