"""The SQL for Athena, run by DuckDB on files such as DynamoDB and S3 Inventory write."""

import gzip
import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import duckdb
import pytest
from click.testing import CliRunner

from benchmarks.audited import Stored, Version, as_written, fields_of
from cli.main import cli
from contract import MINOR_UNITS, RECORD, audit_key, canonical_json, item
from ops.audit_export import files, sql
from tests.unit.stacks import a_local_file, a_stack
from tests.unit.test_audit_findings import FAULTS, HARMLESS, names

NOW = datetime(2026, 1, 10, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(days=5), NOW + timedelta(hours=1)
ALL_BEFORE: Mapping[str, datetime] = MappingProxyType({})
MACROS = """
CREATE MACRO to_utf8(text) AS text;
CREATE MACRO to_hex(digest) AS digest;
CREATE MACRO regexp_like(text, pattern) AS regexp_matches(text, pattern);
"""
"""What Trino calls otherwise."""
COUNT = 60
EXPECTED = {
    1: "AUDIT_WITHOUT_RECORD",
    2: "RECORD_WITHOUT_AUDIT",
    3: "CONTENT_DIFFERS",
    4: "FOREIGN_RECORD",
    5: "MULTIPLE_COPIES",
    6: "MULTIPLE_COPIES",
    7: "RECORD_WITHOUT_AUDIT",
    12: "CONTENT_DIFFERS",
    13: "CONTENT_DIFFERS",
    14: "CONTENT_DIFFERS",
    15: "CONTENT_DIFFERS",
    16: "CONTENT_DIFFERS",
    18: "CONTENT_DIFFERS",
    19: "AUDIT_WITHOUT_RECORD",
    20: "FOREIGN_RECORD",
    # Its bytes differ, and a human sees that its content does not.
    30: "CONTENT_DIFFERS",
    34: "AUDIT_WITHOUT_RECORD",
}


def found_in(
    folder: Path, stored: Mapping[str, Stored], created: Mapping[str, datetime] = ALL_BEFORE
) -> dict[str, str]:
    """Write the files, and return the findings of the SQL by key."""
    lines = [json.dumps({"Item": one}) for own in stored.values() for one in own.records]
    (folder / "export.json.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    versions = [
        (key, place, place == 0, version)
        for key, own in stored.items()
        for place, version in enumerate(own.versions)
    ]
    tables = duckdb.connect()
    tables.execute(MACROS)
    tables.execute(
        "CREATE TABLE listed (bucket VARCHAR, key VARCHAR, version_id VARCHAR, is_latest BOOLEAN, "
        "is_delete_marker BOOLEAN, size BIGINT, last_modified_date TIMESTAMP, e_tag VARCHAR)"
    )
    tables.executemany(
        "INSERT INTO listed VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                "bucket_name",
                key,
                str(place),
                latest,
                version.body is None,
                None if version.body is None else len(version.body),
                created.get(key, BEFORE).replace(tzinfo=None),
                None if version.body is None else version.etag.strip('"'),
            )
            for key, place, latest, version in versions
        ],
    )
    inventory, export = str(folder / "inventory.parquet"), str(folder / "export.json.gz")
    tables.table("listed").write_parquet(inventory)
    tables.from_parquet(inventory).create_view("inventory")
    # The same types as in tables.sql.
    fields = (f'"{name}" STRUCT("{field.stored_as}" VARCHAR)' for name, field in RECORD.items())
    columns = {"Item": f"STRUCT({', '.join(fields)})"}
    tables.read_json(export, columns=columns, format="newline_delimited").create_view(
        "transactions"
    )
    return dict(tables.execute(sql(NOW)).fetchall())


def test_the_sql_finds_what_is_planted_in_an_export_and_an_inventory(tmp_path: Path) -> None:
    changes = FAULTS | HARMLESS
    stored = {
        audit_key(f"order-{number:09}"): changes[number](as_written(number), number)
        if number in changes
        else as_written(number)
        for number in range(COUNT)
    }
    stored["transactions/order-notes.txt"] = Stored(versions=[Version(b"to do")])

    expected = {audit_key(name): finding for name, finding in names(EXPECTED).items()}
    assert found_in(tmp_path, stored) == expected | {
        "transactions/order-notes.txt": "FOREIGN_OBJECT"
    }


def test_the_sql_derives_the_amount_of_every_currency(tmp_path: Path) -> None:
    def stored(number: int, currency: str, units: int) -> Stored:
        amount = f"{Decimal(number) / 10**units:.{units}f}"
        fields = {**fields_of(number), "amount": amount, "currency": currency}
        # DynamoDB drops zeros at the end.
        kept = amount.rstrip("0").rstrip(".") if "." in amount else amount
        return Stored([item({**fields, "amount": kept})], [Version(canonical_json(fields))])

    cases = [
        (number, currency, units)
        for currency, units in MINOR_UNITS.items()
        for number in (1, 10, 99, 100, 12_300, 10_000_000)
    ]
    found = {
        audit_key(f"order-{place:09}"): stored(number, currency, units)
        for place, (number, currency, units) in enumerate(cases)
    }
    for place, own in enumerate(found.values()):
        name = f"order-{place:09}"
        body = json.loads(own.versions[0].body or b"") | {"transactionId": name}
        own.records[0]["transactionId"] = {"S": name}
        own.versions[0] = Version(canonical_json(body))

    assert found_in(tmp_path, found) == {}


def test_the_sql_leaves_out_what_may_be_in_progress(tmp_path: Path) -> None:
    recent = str(int(NOW.timestamp() * 1_000))
    record = as_written(1).records[0] | {"timestamp": {"N": recent}}
    lone = Stored(versions=as_written(2).versions)
    keys = [audit_key(f"order-{number:09}") for number in (1, 2)]

    stored = {keys[0]: Stored(records=[record]), keys[1]: lone}
    assert found_in(tmp_path, stored, {keys[1]: AFTER}) == {}
    assert found_in(tmp_path, {keys[1]: lone}) == {keys[1]: "AUDIT_WITHOUT_RECORD"}


def test_export_writes_sql_tables_and_commands_for_the_stack(tmp_path: Path) -> None:
    local, folder = a_local_file(tmp_path), tmp_path / "audit"

    result = CliRunner().invoke(cli, ["audit", "--export", str(folder), "--local", local])

    assert (result.exit_code, result.output) == (
        0,
        f"Written to {folder}: read commands.sh first.\n",
    )
    written = {path.name: path.read_text() for path in folder.iterdir()}
    assert written.keys() == files(a_stack(), NOW).keys()
    subprocess.run(["sh", "-n", str(folder / "commands.sh")], check=True)
    for part in ("--table-name table_name ", "--bucket bucket_name ", "ap-southeast-1"):
        assert part in written["commands.sh"]
    assert "transactionid:struct<s:string>,amount:struct<n:string>" in written["tables.sql"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--prefix", "a"], "--export: writes an audit of all transactions; leave out --accepted"),
        (["--accepted", "a.jsonl"], "--export: writes an audit of all transactions; leave out"),
        ([], "--export: {folder} cannot be written: Not a directory"),
    ],
)
def test_export_says_what_is_wrong(tmp_path: Path, more: list[str], message: str) -> None:
    folder = tmp_path / "file/audit"
    (tmp_path / "file").touch()
    local = a_local_file(tmp_path)

    result = CliRunner().invoke(cli, ["audit", "--export", str(folder), "--local", local, *more])

    assert result.exit_code == 2
    assert message.format(folder=folder) in result.output
