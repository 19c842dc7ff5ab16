"""The data of a stack, carried to the stack of another engine: records, outcomes, audit objects."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ops.stack import Stack


@dataclass(frozen=True)
class Records:
    """The items by table, and the versions of the objects by bucket, oldest first."""

    items: dict[str, list[dict[str, Any]]]
    objects: dict[str, list[dict[str, Any]]]

    @classmethod
    def read(cls, stack: Stack) -> "Records":
        """Read all data of a stack."""
        bucket = stack.outputs.bucket_name
        return cls(
            {name: list(_items(stack, name)) for name in _tables(stack)},
            {bucket: list(_objects(stack, bucket))},
        )

    def write(self, stack: Stack) -> str:
        """Write the data of the stores that the stack has too; return the counts in words."""
        written = []
        for name in _tables(stack):
            items = self.items.get(name, [])
            for item in items:
                stack.dynamodb.put_item(TableName=name, Item=item)
            written.append(f"{len(items):,} in {name}")
        bucket = stack.outputs.bucket_name
        versions = self.objects.get(bucket, [])
        for version in versions:
            stack.s3.put_object(Bucket=bucket, **version)
        return ", ".join([*written, f"{len(versions):,} in {bucket}"])


def _tables(stack: Stack) -> tuple[str, str]:
    return stack.outputs.table_name, stack.outputs.outcomes_table_name


def _items(stack: Stack, table: str) -> Iterator[dict[str, Any]]:
    for page in stack.dynamodb.get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def _objects(stack: Stack, bucket: str) -> Iterator[dict[str, Any]]:
    pages = stack.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    found = [version for page in pages for version in page.get("Versions", [])]
    for version in reversed(found):  # S3 lists the newest version of a key first
        key = version["Key"]
        read = stack.s3.get_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
        yield {
            "Key": key,
            "Body": read["Body"].read(),
            "ContentType": read["ContentType"],
            "Metadata": read["Metadata"],
        }
