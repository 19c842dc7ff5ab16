"""The stored data of a stack in a temporary SQLite file, which finds what proves nothing.

A record is proven by the proof of its only audit object. Memory stays flat: only the IDs that the
joins leave over are looked at singly.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import contract
from ops.audit_body import proofs_of
from ops.entries import transaction_id_in
from ops.outcomes import Outcome
from ops.reconciliation import DEAD_LETTERED, RECORDED, STATE_BY_STATUS, Accepted, Entry
from ops.transaction import Content

SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32768;
CREATE TABLE statuses (status TEXT PRIMARY KEY, stored TEXT, state TEXT);
CREATE TABLE accepted (request TEXT PRIMARY KEY, id TEXT, content INTEGER, fields TEXT, at INTEGER);
CREATE TABLE outcomes (request TEXT, status TEXT, id TEXT);
CREATE TABLE dead_letters (request TEXT PRIMARY KEY);
CREATE TABLE records (id TEXT, timestamp INTEGER, request TEXT, proofs BLOB, content INTEGER);
CREATE TABLE versions (id TEXT, proof BLOB);
CREATE TABLE misnamed (key TEXT PRIMARY KEY);
CREATE TABLE deleted (key TEXT PRIMARY KEY, id TEXT);
CREATE TABLE suspects (id TEXT PRIMARY KEY);
CREATE TABLE states (request TEXT, state TEXT);
"""

INDEXES = """
DELETE FROM versions WHERE id IN (SELECT id FROM deleted);
DELETE FROM misnamed WHERE key IN (SELECT key FROM deleted);
CREATE INDEX outcome_requests ON outcomes (request);
CREATE INDEX record_ids ON records (id);
CREATE INDEX version_ids ON versions (id);
"""

COUNTS = """
SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM versions),
(SELECT count(*) FROM outcomes)
"""

UNPROVEN = """
INSERT OR IGNORE INTO suspects
SELECT id FROM records GROUP BY id HAVING count(*) > 1
UNION ALL SELECT id FROM versions GROUP BY id HAVING count(*) > 1
UNION ALL SELECT id FROM records LEFT JOIN versions USING (id)
    WHERE NOT coalesce(instr(proofs, proof), 0)
UNION ALL SELECT id FROM versions
    WHERE NOT EXISTS (SELECT * FROM records WHERE records.id = versions.id)
"""

WITHOUT_OUTCOME = """
SELECT id, request FROM records
WHERE timestamp >= :since
AND NOT EXISTS (SELECT * FROM outcomes WHERE outcomes.request = records.request)
AND NOT EXISTS (SELECT * FROM dead_letters WHERE dead_letters.request = records.request)
"""

UNSUPPORTED = """
SELECT request, status, id FROM outcomes LEFT JOIN statuses USING (status)
WHERE NOT CASE
WHEN stored = :RECORDED THEN EXISTS (
    SELECT * FROM records WHERE records.id = outcomes.id AND records.request = outcomes.request)
WHEN stored IN (:DUPLICATED, :CONFLICTING) THEN EXISTS (
    SELECT * FROM records WHERE records.id = outcomes.id)
WHEN stored = :DEAD_LETTERED THEN EXISTS (
    SELECT * FROM dead_letters WHERE dead_letters.request = outcomes.request)
ELSE stored IS :UNRECORDED
END
"""

# An ID that is not suspect has one record and the same audit object, or neither of them.
STATES = """
INSERT INTO states
SELECT accepted.request, CASE
WHEN accepted.id IN (SELECT id FROM suspects) THEN NULL
WHEN status IS NOT NULL AND stored IS NULL THEN NULL
WHEN stored = :UNRECORDED THEN state
WHEN (stored IS NULL OR stored = :DEAD_LETTERED)
    AND accepted.request IN (SELECT request FROM dead_letters) THEN :dead_lettered
WHEN (stored IS NULL OR stored = :RECORDED)
    AND records.request = accepted.request AND records.content = accepted.content THEN :recorded
WHEN stored = :DUPLICATED AND records.content = accepted.content THEN state
WHEN stored = :CONFLICTING AND records.content <> accepted.content THEN state
END
FROM accepted LEFT JOIN outcomes USING (request) LEFT JOIN statuses USING (status)
LEFT JOIN records ON records.id = accepted.id
"""

KINDS = {
    "RECORDED": contract.RECORDED,
    "DUPLICATED": contract.DUPLICATED,
    "CONFLICTING": contract.CONFLICTING,
    "UNRECORDED": contract.UNRECORDED,
    "DEAD_LETTERED": contract.DEAD_LETTERED,
}


@dataclass(frozen=True)
class AuditStore:
    """The tables, by transaction ID and request ID."""

    tables: sqlite3.Connection

    def add_accepted(self, accepted: Iterable[Accepted]) -> None:
        """Add accepted requests; the last one with the same ID counts."""
        self._add(
            "INSERT OR REPLACE INTO accepted VALUES (?, ?, ?, ?, ?)",
            (
                (
                    one.request_id,
                    one.content.transaction_id,
                    hash(one.content),
                    json.dumps(one.content.fields()),
                    one.accepted_at,
                )
                for one in accepted
            ),
        )

    def add_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Add outcomes."""
        self._add(
            "INSERT INTO outcomes VALUES (?, ?, ?)",
            ((one.request_id, one.status, one.transaction_id) for one in outcomes),
        )

    def add_dead_letters(self, request_ids: Iterable[str]) -> None:
        """Add the requests of dead-letter messages."""
        self._add("INSERT OR IGNORE INTO dead_letters VALUES (?)", ((one,) for one in request_ids))

    def add_records(self, records: Iterable[Entry]) -> None:
        """Add records."""
        self._add(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?)",
            (
                (
                    one.content.transaction_id,
                    one.timestamp,
                    one.request_id,
                    proofs_of(one),
                    hash(one.content),
                )
                for one in records
            ),
        )

    def add_versions(self, versions: Iterable[tuple[str, bytes | None]]) -> None:
        """Add the ID and the proof of versions of audit objects."""
        self._add("INSERT INTO versions VALUES (?, ?)", versions)

    def add_misnamed(self, keys: Iterable[str]) -> None:
        """Add keys in which there is no transaction ID."""
        self._add("INSERT OR IGNORE INTO misnamed VALUES (?)", ((key,) for key in keys))

    def add_deleted(self, keys: Iterable[str]) -> None:
        """Add keys whose latest version is a delete marker: none of their versions counts."""
        self._add(
            "INSERT OR IGNORE INTO deleted VALUES (?, ?)",
            ((key, transaction_id_in(key)) for key in keys),
        )

    def index(self) -> None:
        """Prepare the joins, once everything is added."""
        self.tables.executescript(INDEXES)

    def counts(self) -> dict[str, int]:
        """Count records, audit objects and outcomes."""
        names = ("records", "auditObjects", "outcomes")
        return dict(zip(names, self.tables.execute(COUNTS).fetchone(), strict=True))

    def misnamed(self) -> list[str]:
        """Return the keys in which there is no transaction ID."""
        return self._column("SELECT key FROM misnamed ORDER BY key")

    def without_outcome(self, since: float) -> list[tuple[str, str]]:
        """Return ID and request of the records that are at least as new and lack an outcome."""
        return self.tables.execute(WITHOUT_OUTCOME, {"since": since}).fetchall()

    def unsupported(self) -> list[Outcome]:
        """Return the outcomes that lack what they claim to be stored."""
        return [Outcome(*row) for row in self.tables.execute(UNSUPPORTED, KINDS)]

    def suspects(self, more: Iterable[str]) -> list[str]:
        """Return the IDs whose record and audit object prove nothing, and those given."""
        self._add("INSERT OR IGNORE INTO suspects VALUES (?)", ((one,) for one in more))
        self.tables.execute(UNPROVEN)
        return self._column("SELECT id FROM suspects")

    def states(self) -> tuple[dict[str, int], list[Accepted]]:
        """Count the accepted requests whose states are proven; return the others."""
        states = {"dead_lettered": DEAD_LETTERED, "recorded": RECORDED}
        self.tables.execute(STATES, KINDS | states)
        proven = self.tables.execute(
            "SELECT state, count(*) FROM states WHERE state IS NOT NULL GROUP BY state"
        )
        others = self.tables.execute(
            "SELECT request, fields, at FROM states JOIN accepted USING (request) "
            "WHERE state IS NULL ORDER BY accepted.rowid"
        )
        return dict(proven.fetchall()), [
            Accepted(request, Content.of(json.loads(fields)), at) for request, fields, at in others
        ]

    def _add(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self.tables.executemany(statement, rows)

    def _column(self, query: str) -> list[str]:
        return [value for (value,) in self.tables.execute(query)]


@contextmanager
def opened() -> Iterator[AuditStore]:
    """Yield an empty store, whose file is deleted in the end."""
    with (
        tempfile.TemporaryDirectory(prefix="pipeline-audit-") as folder,
        closing(sqlite3.connect(f"{folder}/audit.sqlite", isolation_level=None)) as tables,
    ):
        tables.executescript(SCHEMA)
        tables.execute("BEGIN")
        tables.executemany(
            "INSERT INTO statuses VALUES (?, ?, ?)",
            [(name, stored, STATE_BY_STATUS[name]) for name, stored in contract.OUTCOMES.items()],
        )
        yield AuditStore(tables)
