"""The audit of a table that is too large for one machine: SQL for Athena, and its commands.

The SQL derives the body of each audit object from its record, as ops.audit_body does. It runs on
Trino's dialect, over an export of the table and an inventory of the bucket.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from string import Template

from contract import AUDIT_PREFIX, MINOR_UNITS, OPTIONAL, RECORD, audit_key, canonical_json
from ops.reconciliation import Discrepancy
from ops.stack import Stack

SETTLED = timedelta(days=1)
"""After this time an accepted transaction is stored, or is a dead-letter message."""
NUMBERS = {"timestamp"}
"""The fields that an audit object holds as JSON numbers; all others are texts."""
FOREIGN_RECORD, FOREIGN_OBJECT = "FOREIGN_RECORD", "FOREIGN_OBJECT"
KEY_START, KEY_END = audit_key("@").split("@")

SQL = Template("""\
-- Written by `pipeline audit --export`. Judges what was accepted before $cutoff UTC.
WITH units(currency, decimals) AS (VALUES $units),
fields AS (
  SELECT $fields FROM transactions),
parts AS (
  SELECT fields.*, coalesce(units.decimals, 0) AS decimals,
    split_part(amount, '.', 1) AS whole, coalesce(split_part(amount, '.', 2), '') AS part
  FROM fields LEFT JOIN units ON fields.currency = units.currency),
amounts AS (
  SELECT parts.*, whole || CASE
    WHEN part = '' AND decimals = 0 THEN ''
    WHEN length(part) > decimals THEN '.' || part
    ELSE '.' || rpad(part, decimals, '0') END AS written
  FROM parts),
bodies AS (
  SELECT transactionid, try_cast(timestamp AS bigint) AS accepted_at,
    coalesce($well_formed, false) AS well_formed,
    '{' || substr($body, 2) || '}' AS body
  FROM amounts),
records AS (
  SELECT '$key_start' || transactionid || '$key_end' AS key, count(*) AS copies,
    min(lower(to_hex(md5(to_utf8(body))))) AS tag, min(length(body)) AS size,
    bool_and(well_formed) AS well_formed, min(accepted_at) AS accepted_at
  FROM bodies GROUP BY transactionid),
deleted AS (
  SELECT key FROM inventory WHERE is_delete_marker AND is_latest),
audits AS (
  SELECT key, count(*) AS copies, min(e_tag) AS tag, min(size) AS size,
    max(last_modified_date) AS created_at
  FROM inventory
  WHERE NOT is_delete_marker AND key LIKE '$prefix%' AND key NOT IN (SELECT key FROM deleted)
  GROUP BY key)
SELECT coalesce(records.key, audits.key) AS key, CASE
  WHEN NOT records.well_formed THEN '$foreign_record'
  WHEN records.copies > 1 OR audits.copies > 1 THEN '$multiple'
  WHEN audits.key IS NULL THEN '$no_audit'
  WHEN records.key IS NOT NULL THEN '$differs'
  WHEN regexp_like(audits.key, '$key_pattern') THEN '$no_record'
  ELSE '$foreign_object' END AS finding
FROM records FULL JOIN audits ON records.key = audits.key
WHERE (NOT records.well_formed OR records.copies > 1 OR audits.copies > 1
  OR records.tag <> audits.tag OR records.size <> audits.size
  OR (audits.key IS NULL AND records.accepted_at < $cutoff_ms)
  OR (records.key IS NULL AND audits.created_at < TIMESTAMP '$cutoff'))
ORDER BY 1
""")

TABLES = Template("""\
-- One statement each. The files are those of the export and of the inventory.
CREATE EXTERNAL TABLE transactions (item struct<$columns>)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://RESULTS/export/AWSDynamoDB/EXPORT/data/';

CREATE EXTERNAL TABLE inventory (
  bucket string, key string, version_id string, is_latest boolean, is_delete_marker boolean,
  size bigint, last_modified_date timestamp, e_tag string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat'
LOCATION 's3://RESULTS/inventory/$bucket/audit/hive/dt=INVENTORY/';
""")

COMMANDS = Template("""\
#!/bin/sh
# RESULTS is a bucket of yours whose policy lets S3 Inventory write to it:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html
set -eu
: "$${RESULTS:?set RESULTS to the name of a bucket for the results}"
export AWS_DEFAULT_REGION=$region

# 1. Export the table as it is now, which takes minutes to hours.
aws dynamodb export-table-to-point-in-time --export-format DYNAMODB_JSON \\
  --s3-bucket "$$RESULTS" --s3-prefix export --table-arn \\
  "$$(aws dynamodb describe-table --table-name $table --query Table.TableArn --output text)"

# 2. List all versions of the audit objects, every day; the first list takes up to 48 hours.
aws s3api put-bucket-inventory-configuration --bucket $bucket --id audit \\
  --inventory-configuration '{
    "Id": "audit", "IsEnabled": true, "IncludedObjectVersions": "All",
    "Filter": {"Prefix": "$prefix"}, "Schedule": {"Frequency": "Daily"},
    "OptionalFields": ["Size", "LastModifiedDate", "ETag"],
    "Destination": {"S3BucketDestination": {
      "Bucket": "arn:aws:s3:::'"$$RESULTS"'", "Format": "Parquet", "Prefix": "inventory"}}}'

# 3. When both are there, replace RESULTS, EXPORT and INVENTORY in tables.sql by their names, run
#    its statements in Athena, and then audit.sql. Look at each finding: pipeline status ID
# 4. Stop the inventory:
#    aws s3api delete-bucket-inventory-configuration --bucket $bucket --id audit
""")


def files(stack: Stack, now: datetime) -> dict[str, str]:
    """Return the content of each file by its name."""
    bucket, region = stack.outputs.bucket_name, stack.variables.get("AWS_DEFAULT_REGION", "REGION")
    columns = (f"{name.lower()}:struct<{RECORD[name].stored_as.lower()}:string>" for name in RECORD)
    return {
        "audit.sql": sql(now - SETTLED),
        "tables.sql": TABLES.substitute(columns=",".join(columns), bucket=bucket),
        "commands.sh": COMMANDS.substitute(
            region=region, table=stack.outputs.table_name, bucket=bucket, prefix=AUDIT_PREFIX
        ),
    }


def sql(cutoff: datetime) -> str:
    """Return the query over `transactions` and `inventory`; younger data may be in progress."""
    return SQL.substitute(
        cutoff=f"{cutoff.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        cutoff_ms=int(cutoff.timestamp() * 1_000),
        units=", ".join(f"('{currency}', {units})" for currency, units in MINOR_UNITS.items()),
        fields=",\n    ".join(
            f"item.{name.lower()}.{RECORD[name].stored_as.lower()} AS {name.lower()}"
            for name in RECORD
        ),
        well_formed="\n      AND ".join(map(_guard, RECORD)),
        body="\n      || ".join(_members(RECORD)),
        key_start=KEY_START,
        key_end=KEY_END,
        key_pattern=f"^{KEY_START}({RECORD['transactionId'].pattern})[.]json$",
        prefix=AUDIT_PREFIX,
        foreign_record=FOREIGN_RECORD,
        foreign_object=FOREIGN_OBJECT,
        multiple=Discrepancy.MULTIPLE_COPIES,
        no_audit=Discrepancy.RECORD_WITHOUT_AUDIT,
        no_record=Discrepancy.AUDIT_WITHOUT_RECORD,
        differs=Discrepancy.CONTENT_DIFFERS,
    )


def _guard(name: str) -> str:
    """Return the condition that a value cannot forge JSON; `$` alone lets a newline through."""
    column, pattern = name.lower(), RECORD[name].pattern
    matches = f"regexp_like({column}, '^({pattern})$') AND strpos({column}, chr(10)) = 0"
    return f"({column} IS NULL OR ({matches}))" if name in OPTIONAL else f"({matches})"


def _members(names: Iterable[str]) -> Iterable[str]:
    """Yield the SQL of each member of the body, in its order; an absent field has none."""
    for name in sorted(names):
        column = "written" if name == "amount" else name.lower()
        marker: str | int = 0 if name in NUMBERS else "@"
        text = canonical_json({name: marker}).decode()[1:-1]
        before, _, after = text.rpartition("0") if name in NUMBERS else text.partition("@")
        yield f"coalesce(',{before}' || {column} || '{after}', '')"
